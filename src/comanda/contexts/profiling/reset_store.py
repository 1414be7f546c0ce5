"""Profiling's SQL on requests for a new password."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from comanda.contexts.profiling.contract.views import CustomerView
from comanda.messaging.log import Connection


async def add(connection: Connection, email_key: str, trace: str, now: datetime) -> None:
    """Write down that somebody asked."""
    await connection.execute(
        "insert into password_reset_requests (email_key, trace, requested_at) values ($1, $2, $3)",
        email_key,
        trace,
        now,
    )


async def take(connection: Connection, most: int) -> Sequence[asyncpg.Record]:
    """Take requests off: `email_key` and `trace`, the oldest first, past those that somebody else is taking."""
    rows: Sequence[asyncpg.Record] = await connection.fetch(
        """
        delete from password_reset_requests
        where id in (
            select id
            from password_reset_requests
            order by id
            limit $1
            for update skip locked
        )
        returning email_key, trace
        """,
        most,
    )
    return rows


async def customers_of(
    connection: Connection, requests: Sequence[asyncpg.Record]
) -> Sequence[tuple[str, CustomerView]]:
    """Whom the requests are about, and the trace of each; nobody for an unknown e-mail."""
    if not requests:
        return []
    rows = await connection.fetch(
        """
        select asked.trace, id, email, name, phone, language, status, created_at, updated_at
        from unnest($1::text[], $2::text[]) as asked (email_key, trace)
        join customers using (email_key)
        """,
        [request["email_key"] for request in requests],
        [request["trace"] for request in requests],
    )
    return [(row["trace"], CustomerView(**dict(row))) for row in rows]
