"""Running the audit: wait until what was written is handled, then check every invariant."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from comanda.contexts.reporting.rebuild import compare
from comanda.kernel.clock import utc_now
from comanda.platform.database import connect
from comanda.runtime.audit.invariants import INVARIANTS, LEGAL_MOVES, Invariant

PATIENCE_S = 30.0
LISTED = 20
"""Breaches of one invariant that are listed; all are counted."""

_UNREAD = """
    select distinct c.consumer, l.subject
    from messaging.cursors c
    join messaging.log l on l.type = any (c.types)
    where l.era >= c.era
    and (l.era > c.era or (
        l.xid >= pg_snapshot_xmin(c.seen)
        and not pg_visible_in_snapshot(l.xid, c.seen)
        and (c.seen::text = c.upto::text or l.position > c.position or not pg_visible_in_snapshot(l.xid, c.upto))
    ))
    and (l.era < $2 or pg_visible_in_snapshot(l.xid, $1::text::pg_snapshot))
"""

_UNCALLED = """
    select count(*)
    from (
        select order_id from paying.payment_intents where ask in ('due', 'asked')
        union all
        select order_id from paying.refunds where status = 'pending'
        union all
        select null from ordering.intents where attempts = 0 or leased_until is not null or problem <> ''
    ) intents
"""


@dataclass(slots=True)
class Finding:
    """What one invariant's check found."""

    invariant: Invariant
    breaches: list[str] = field(default_factory=list)
    count: int = 0


@dataclass(slots=True)
class Audit:
    """All findings, the orders that are parked and so excused, and what was still waiting when patience ended."""

    findings: list[Finding]
    parked: list[str]
    waiting: list[str]
    seconds: float

    @property
    def clean(self) -> bool:
        """Whether every invariant holds and nothing was left waiting."""
        return not self.waiting and all(finding.count == 0 for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """One object, with a member for each invariant."""
        return {
            "clean": self.clean,
            "seconds": round(self.seconds, 3),
            "waiting": self.waiting,
            "parked_orders": self.parked,
            "invariants": {
                str(finding.invariant.number): {
                    "title": finding.invariant.title,
                    "breaches": finding.count,
                    "examples": finding.breaches,
                }
                for finding in self.findings
            },
        }


async def audit(dsn: str, *, patience_s: float = PATIENCE_S, step: Callable[[str], None] = lambda _: None) -> Audit:
    """Check every invariant on a live installation; `dsn` is a superuser's.

    First waits, `patience_s` at most, until consumers and outside calls have handled what was written before it
    began. `step` is told what is being checked.
    """
    begun = time.perf_counter()
    connection = await connect(dsn, service="messaging")
    try:
        await connection.execute("set statement_timeout = '20min'")
        step("waiting for consumers")
        waiting = await _until_handled(connection, patience_s)
        parked = await _parked(connection)
        findings = []
        for invariant in INVARIANTS:
            step(invariant.title)
            findings.append(await _check(connection, invariant, parked))
        findings[-1] = await _check_reports(dsn, INVARIANTS[-1])
        return Audit(findings, parked, waiting, time.perf_counter() - begun)
    finally:
        await connection.close()


async def _until_handled(connection: asyncpg.Connection, patience_s: float) -> list[str]:
    """What is still waiting when everything is handled (nothing) or patience ends."""
    written = await _written(connection)
    until = time.monotonic() + patience_s
    while True:
        asked = time.monotonic()
        unread = {row["consumer"] for row in await connection.fetch(_UNREAD, *written)}
        uncalled = await connection.fetchval(_UNCALLED)
        waiting = [f"{name} has events to read" for name in sorted(unread)]
        if uncalled:
            waiting.append(f"{uncalled} outside calls are due")
        if not waiting or time.monotonic() > until:
            return waiting
        await asyncio.sleep(max(0.1, time.monotonic() - asked))


async def _written(connection: asyncpg.Connection) -> tuple[str, int]:
    """All that is committed now: a snapshot, and the era it belongs to."""
    row = await connection.fetchrow(
        "select pg_current_snapshot()::text as snapshot, max(era) as era from messaging.eras"
    )
    assert row is not None
    return row["snapshot"], row["era"]


async def _parked(connection: asyncpg.Connection) -> list[str]:
    rows = await connection.fetch("select distinct subject from messaging.parked_subjects order by subject")
    return [row["subject"] for row in rows]


async def _check(connection: asyncpg.Connection, invariant: Invariant, parked: list[str]) -> Finding:
    finding = Finding(invariant)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        # In the same snapshot: about an order on its way, what is not read yet explains any difference.
        unread = await connection.fetch(_UNREAD, *await _written(connection), timeout=1_200)
        in_motion = [row["subject"] for row in unread]
        excused = parked + in_motion
        checks = [(statement, [excused] if "$1" in statement else []) for statement in invariant.statements]
        if invariant.of_moves is not None:
            checks.append((invariant.of_moves, [LEGAL_MOVES]))
        for statement, arguments in checks:
            rows = await connection.fetch(statement, *arguments, timeout=1_200)
            finding.count += len(rows)
            finding.breaches += [row["breach"] for row in rows[: LISTED - len(finding.breaches)]]
    return finding


async def _check_reports(dsn: str, invariant: Invariant) -> Finding:
    connection = await connect(dsn, service="reporting")
    try:
        await connection.execute("set statement_timeout = '20min'")
        differing = await compare(connection, utc_now())
    finally:
        await connection.close()
    return Finding(invariant, [f"the reports differ about {name}" for name in differing[:LISTED]], len(differing))
