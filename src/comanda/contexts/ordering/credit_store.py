"""The SQL of credits: what was given back of recorded orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import msgspec

from comanda.contexts.ordering.contract.events import OrderLine
from comanda.messaging.log import Connection

_READ = """
    select reference, order_id, customer_id, country, shipping, total, created_at, lines
    from credits
    where reference = any ($1::text[])
"""

_WRITE = """
    insert into credits (reference, order_id, customer_id, country, shipping, total, created_at, lines)
    select reference, order_id, customer_id, country, shipping, total, created_at, lines
    from unnest(
        $1::text[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::timestamptz[], $8::json[]
    ) as new (reference, order_id, customer_id, country, shipping, total, created_at, lines)
    on conflict (reference) do update
    set order_id = excluded.order_id, customer_id = excluded.customer_id, country = excluded.country,
        shipping = excluded.shipping, total = excluded.total, created_at = excluded.created_at,
        lines = excluded.lines
"""

_NOTE = """
    with noted as (
        update progress
        set updated_at = $2, entries = entries + 1, version = version + 1
        where order_id = any ($1::uuid[])
        returning order_id, entries
    )
    insert into timeline (order_id, entry, at, cause, changes, actor, trace)
    select order_id, entries, $2, 'CreditRecorded',
        json_build_object(
            'credited', (select coalesce(sum(total), 0) from credits where credits.order_id = noted.order_id)
        ),
        $4, $3
    from noted
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Pieces and postage given back of one recorded order; all amounts positive, in the order's currency."""

    reference: str
    order_id: str
    customer_id: str | None
    country: str | None
    lines: tuple[OrderLine, ...]
    shipping: int
    total: int
    created_at: datetime


async def read(connection: Connection, references: Sequence[str]) -> dict[str, Credit]:
    """Credits by reference."""
    return {row["reference"]: _credit(row) for row in await connection.fetch(_READ, references)}


async def write(connection: Connection, credits: Sequence[Credit]) -> None:
    """Write credits; those that are there are rewritten. Their orders are locked."""
    await connection.execute(
        _WRITE,
        [credit.reference for credit in credits],
        [credit.order_id for credit in credits],
        [credit.customer_id for credit in credits],
        [credit.country for credit in credits],
        [credit.shipping for credit in credits],
        [credit.total for credit in credits],
        [credit.created_at for credit in credits],
        [msgspec.json.encode(credit.lines).decode() for credit in credits],
    )


async def note(connection: Connection, order_ids: Sequence[str], now: datetime, trace: str, actor: str | None) -> None:
    """Say in the timelines of orders what their credits add up to."""
    await connection.execute(_NOTE, order_ids, now, trace or None, actor)


def _credit(row: asyncpg.Record) -> Credit:
    return Credit(
        reference=row["reference"],
        order_id=row["order_id"],
        customer_id=row["customer_id"],
        country=row["country"],
        lines=msgspec.json.decode(row["lines"], type=tuple[OrderLine, ...]),
        shipping=row["shipping"],
        total=row["total"],
        created_at=row["created_at"],
    )
