"""What a run costs: CPU and memory of all processes, rows and bytes that PostgreSQL writes."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from limit import psql
from server import Server

STATISTICS_S = 11.0
"""An idle backend reports its counters after ten seconds at the latest."""

SETTLED_S = 30.0
"""Vacuum looks every five seconds; after a load it has work for a few of its rounds."""

STATEMENT = re.compile(rb"LOG:  duration: [0-9.]+ ms  (?:execute|statement)")

COUNTERS = """
select
    sum(xact_commit + xact_rollback),
    sum(tup_inserted),
    sum(tup_updated),
    sum(tup_deleted),
    pg_current_wal_lsn() - '0/0'
from pg_stat_database
"""


@dataclass(frozen=True, slots=True)
class Written:
    """PostgreSQL's counters, or the difference of two of them."""

    transactions: float
    inserted: float
    updated: float
    deleted: float
    wal_bytes: float

    def per_order(self, before: Written, orders: int) -> Written:
        """What one order took since then."""
        return Written(
            (self.transactions - before.transactions) / orders,
            (self.inserted - before.inserted) / orders,
            (self.updated - before.updated) / orders,
            (self.deleted - before.deleted) / orders,
            (self.wal_bytes - before.wal_bytes) / orders,
        )


def written(dsn: str) -> Written:
    """The counters, once every backend has reported."""
    time.sleep(STATISTICS_S)
    return Written(*(float(value) for value in psql(dsn, "-c", COUNTERS).split("|")))


def cpu_s(server: Server) -> float:
    """CPU seconds of the server and its PostgreSQL since they started, backends that have ended included."""
    total = 0.0
    for process in server.processes():
        try:
            used = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system + used.children_user + used.children_system
    return total


def memory_mb(server: Server, field: str = "VmRSS") -> float:
    """Memory of the server's Python process: resident now, or at its peak (VmHWM)."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    found = re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)
    if found is None:
        raise SystemExit(f"/proc/{server.pid}/status has no {field}.")
    return int(found[1]) / 1024


def idle_cpu(server: Server, seconds: float) -> float:
    """The part of one core that a server with nothing to do takes, once vacuum has tidied up."""
    time.sleep(SETTLED_S)
    before = cpu_s(server)
    time.sleep(seconds)
    return (cpu_s(server) - before) / seconds


class StatementCount:
    """Counts the statements that PostgreSQL executes while it is entered, by its log.

    Logging costs time: no rate is measured meanwhile.
    """

    def __init__(self, server: Server, dsn: str) -> None:
        self._dsn, self._log = dsn, server.data_dir / "postgres.log"
        self._start = 0
        self.statements = 0

    def __enter__(self) -> StatementCount:
        self._start = self._log.stat().st_size
        psql(self._dsn, "-c", "alter system set log_min_duration_statement = 0")
        psql(self._dsn, "-c", "select pg_reload_conf()")
        return self

    def __exit__(self, *_: object) -> None:
        psql(self._dsn, "-c", "alter system reset log_min_duration_statement")
        psql(self._dsn, "-c", "select pg_reload_conf()")
        if self._log.stat().st_size < self._start:  # cut meanwhile: what was there lies beside it
            self._count(self._log.with_name(f"{self._log.name}.1"), self._start)
            self._start = 0
        self._count(self._log, self._start)

    def _count(self, path: Path, start: int) -> None:
        with path.open("rb") as log:
            log.seek(start)
            self.statements += sum(1 for line in log if STATEMENT.search(line))
