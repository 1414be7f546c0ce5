"""Counted attempts: how often something was tried within a window of time, in the database, for all processes."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from comanda.messaging.log import Connection

MOST_COUNTED = 1_000_000


def key_of(*parts: str) -> bytes:
    """What is counted, as a hash: nobody's e-mail or address is kept for it."""
    return hashlib.sha256("\x00".join(parts).encode()).digest()


async def count(connection: Connection, keys: Sequence[bytes], now: datetime, window: timedelta) -> dict[bytes, int]:
    """Count one more of each. A window begins with its first attempt."""
    rows = await connection.fetch(
        """
        insert into attempts (key, count, window_ends_at)
        select key, 1, $3
        from unnest($1::bytea[]) as tried (key)
        order by key
        on conflict (key) do update
        set count = case when attempts.window_ends_at <= $2 then 1 else least(attempts.count + 1, $4) end,
            window_ends_at = case when attempts.window_ends_at <= $2 then $3 else attempts.window_ends_at end
        returning key, count
        """,
        list(keys),
        now,
        now + window,
        MOST_COUNTED,
    )
    return {row["key"]: row["count"] for row in rows}


async def counted(connection: Connection, keys: Sequence[bytes], now: datetime) -> dict[bytes, tuple[int, datetime]]:
    """How many there were of each in its window, and when that ends."""
    rows = await connection.fetch(
        """
        select key, count, window_ends_at
        from attempts
        where key = any ($1::bytea[])
        and window_ends_at > $2
        """,
        list(keys),
        now,
    )
    return {row["key"]: (row["count"], row["window_ends_at"]) for row in rows}


async def forgive(connection: Connection, key: bytes) -> None:
    """Count from zero again."""
    await connection.execute("delete from attempts where key = $1", key)


async def forget_old(connection: Connection, now: datetime) -> None:
    """Drop the windows that are over."""
    await connection.execute("delete from attempts where window_ends_at <= $1", now)
