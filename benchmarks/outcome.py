"""What became of the orders of a load, read from the database: the server's own times."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from uuid import UUID

import asyncpg

DEADLINE_S = 60

OPEN = """
select count(*)
from ordering.progress
where order_id >= $1
  and status not in ('completed', 'failed', 'canceled')
"""

OUTCOME = """
select
    count(p.completed_at) as completed,
    count(*) as orders,
    extract(epoch from max(p.completed_at) - min(o.created_at))::float8 as seconds,
    percentile_cont(array[0.5, 0.99, 1.0]) within group (
        order by extract(epoch from p.completed_at - o.created_at)::float8
    ) as delays
from ordering.orders o
join ordering.progress p on p.order_id = o.id
where o.id >= $1
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the orders of one load; the last three are created → completed in seconds."""

    orders: int
    completed: int
    completed_per_s: float
    p50_s: float
    p99_s: float
    max_s: float


async def wait_for_outcome(dsn: str, *, since: float, placed: int) -> Outcome:
    """Wait until every order placed since then (a Unix time) has ended, and measure them.

    The rate runs from the first order's creation to the last one's completion: the tail counts.
    """
    first = smallest_id(since)
    connection = await asyncpg.connect(dsn)
    try:
        await all_ended(connection, first)
        row = await connection.fetchrow(OUTCOME, first)
    finally:
        await connection.close()
    if row is None or not row["completed"]:
        raise SystemExit(f"None of the {placed} orders has completed.")
    p50, p99, longest = row["delays"]
    return Outcome(row["orders"], row["completed"], row["completed"] / row["seconds"], p50, p99, longest)


async def all_ended(connection: asyncpg.Connection[asyncpg.Record], first: str) -> None:
    """Wait until no order since the first one is under way; stops the program when that takes too long."""
    until = time.monotonic() + DEADLINE_S
    while time.monotonic() < until:
        still = await connection.fetchval(OPEN, first)
        if not still:
            return
        await asyncio.sleep(0.1)
    raise SystemExit(f"{still} orders are still open {DEADLINE_S} s after the last was placed.")


def smallest_id(since: float) -> str:
    """The smallest uuid7 of an order made at or after a Unix time."""
    return str(UUID(int=int(since * 1000) << 80))
