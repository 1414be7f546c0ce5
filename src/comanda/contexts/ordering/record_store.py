"""The SQL of recorded orders: written, changed and hidden many at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from comanda.contexts.ordering.contract.events import OrderLine
from comanda.contexts.ordering.record import Record
from comanda.kernel.address import Address
from comanda.messaging.log import Connection

_INSERT = """
    with new as (
        select *, nextval('order_numbers') as number
        from unnest(
            $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
            $9::bigint[], $10::json[], $11::json[], $12::timestamptz[], $13::json[]
        ) as new (
            id, reference, customer_id, email, status, fulfillment, currency, subtotal, shipping, address, metadata,
            created_at, changes
        )
    ),
    written as (
        insert into orders (
            id, number, kind, reference, customer_id, email, currency, subtotal, shipping, tax, total,
            shipping_address, metadata, trace, created_at
        )
        select id, number, 'recorded', reference, customer_id, email, currency, subtotal, shipping, 0,
            subtotal + shipping, address, metadata, $15, created_at
        from new
        on conflict (reference) do nothing
        returning id, number
    ),
    progressing as (
        insert into progress (
            order_id, number, managed, status, fulfillment, currency, total, updated_at, completed_at
        )
        select id, written.number, false, status, fulfillment, currency, subtotal + shipping, $14,
            case when status = 'completed' then created_at end
        from written
        join new using (id)
    ),
    begun as (
        insert into timeline (order_id, entry, at, cause, changes, actor)
        select id, 1, $14, 'OrderRecorded', changes, $16
        from written
        join new using (id)
    )
    select id, number
    from written
"""

_INSERT_LINES = """
    insert into lines (order_id, line, sku, name, quantity, unit_price, net, tax, gross)
    select order_id, line, sku, name, quantity, unit_price, quantity * unit_price, 0, quantity * unit_price
    from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::int[], $6::bigint[])
        as new (order_id, line, sku, name, quantity, unit_price)
"""

_READ = """
    select o.id, o.number, o.kind, o.reference, o.customer_id, o.email, p.status, p.fulfillment, o.currency,
        o.subtotal, o.shipping, o.shipping_address, o.metadata, o.created_at, p.version,
        coalesce((select sum(total) from credits where credits.order_id = o.id), 0)::bigint as credited,
        (
            select json_agg(of_order order by of_order.line)
            from lines of_order
            where of_order.order_id = o.id
        ) as lines
    from orders o
    join progress p on p.order_id = o.id
    where o.id = any ($1::uuid[])
    and not p.hidden
"""

_UPDATE = """
    with new as (
        select *
        from unnest(
            $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
            $9::bigint[], $10::json[], $11::json[], $12::timestamptz[], $13::json[]
        ) as new (
            id, reference, customer_id, email, status, fulfillment, currency, subtotal, shipping, address, metadata,
            created_at, changes
        )
    ),
    rewritten as (
        update orders
        set reference = new.reference, customer_id = new.customer_id, email = new.email, currency = new.currency,
            subtotal = new.subtotal, shipping = new.shipping, total = new.subtotal + new.shipping,
            shipping_address = new.address, metadata = new.metadata, created_at = new.created_at
        from new
        where orders.id = new.id
    ),
    moved as (
        update progress
        set status = new.status, fulfillment = new.fulfillment, currency = new.currency,
            total = new.subtotal + new.shipping, updated_at = $14, entries = entries + 1, version = version + 1,
            completed_at = case when new.status = 'completed' then coalesce(completed_at, new.created_at) end
        from new
        where progress.order_id = new.id
        returning progress.order_id, entries, new.changes
    )
    insert into timeline (order_id, entry, at, cause, changes, actor, trace)
    select order_id, entries, $14, 'OrderRecordChanged', changes, $16, $15
    from moved
"""

_LOCK = """
    select order_id
    from progress
    where order_id = any ($1::uuid[])
    order by order_id
    for update
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A recorded order as it stands: what is written down of it, and how far its row is."""

    id: str
    number: int
    managed: bool
    record: Record
    credited: int
    version: int


async def insert(
    connection: Connection, records: dict[str, Record], now: datetime, trace: str, actor: str | None
) -> dict[str, int]:
    """Write records by their new ids; answers the numbers of those whose reference was free."""
    columns = _columns(records, [_first_entry(record) for record in records.values()])
    rows = await connection.fetch(_INSERT, *columns, now, trace or None, actor)
    numbers = {row["id"]: row["number"] for row in rows}
    await _insert_lines(connection, {id: record for id, record in records.items() if id in numbers})
    return numbers


async def lock(connection: Connection, ids: Sequence[str]) -> None:
    """Lock orders, in id order."""
    await connection.execute(_LOCK, sorted(ids))


async def read(connection: Connection, ids: Sequence[str]) -> dict[str, Stored]:
    """Orders by id as they stand; hidden ones are left out."""
    return {row["id"]: _stored(row) for row in await connection.fetch(_READ, ids)}


async def update(
    connection: Connection,
    records: dict[str, Record],
    changes: dict[str, dict[str, Any]],
    now: datetime,
    trace: str,
    actor: str | None,
) -> None:
    """Rewrite locked records by id, with a timeline entry each. Raises UniqueViolationError for a taken reference."""
    await connection.execute(_UPDATE, *_columns(records, [changes[id] for id in records]), now, trace or None, actor)
    relined = {id: record for id, record in records.items() if "lines" in changes[id]}
    if relined:
        await connection.execute("delete from lines where order_id = any ($1::uuid[])", list(relined))
        await _insert_lines(connection, relined)


async def _insert_lines(connection: Connection, records: dict[str, Record]) -> None:
    lines = [(id, n, line) for id, record in records.items() for n, line in enumerate(record.lines, 1)]
    if lines:
        await connection.execute(
            _INSERT_LINES,
            [id for id, _, _ in lines],
            [n for _, n, _ in lines],
            [line.sku for _, _, line in lines],
            [line.name for _, _, line in lines],
            [line.quantity for _, _, line in lines],
            [line.unit_price for _, _, line in lines],
        )


def _columns(records: dict[str, Record], changes: Sequence[dict[str, Any]]) -> list[list[Any]]:
    all_records = list(records.values())
    return [
        list(records),
        [record.reference for record in all_records],
        [record.customer_id for record in all_records],
        [record.email for record in all_records],
        [record.status for record in all_records],
        [record.fulfillment for record in all_records],
        [record.currency for record in all_records],
        [record.goods for record in all_records],
        [record.shipping for record in all_records],
        [record.address for record in all_records],
        [record.metadata for record in all_records],
        [record.created_at for record in all_records],
        [encode(change) for change in changes],
    ]


def _first_entry(record: Record) -> dict[str, Any]:
    entry: dict[str, Any] = {"status": record.status}
    return entry if record.fulfillment == "pending" else entry | {"fulfillment": record.fulfillment}


def _stored(row: asyncpg.Record) -> Stored:
    address = msgspec.json.decode(row["shipping_address"], type=Address) if row["shipping_address"] else None
    lines = msgspec.json.decode(row["lines"], type=tuple[OrderLine, ...]) if row["lines"] else ()
    record = Record(
        reference=row["reference"],
        customer_id=row["customer_id"],
        email=row["email"],
        status=row["status"],
        fulfillment=row["fulfillment"],
        currency=row["currency"],
        lines=lines,
        goods=row["subtotal"],
        shipping=row["shipping"],
        country=address.country if address else None,
        metadata=row["metadata"],
        created_at=row["created_at"],
    )
    return Stored(
        id=row["id"],
        number=row["number"],
        managed=row["kind"] == "managed",
        record=record,
        credited=row["credited"],
        version=row["version"],
    )


def encode(changes: dict[str, Any]) -> str:
    """What a timeline entry changed, as it is stored."""
    return msgspec.json.encode(changes).decode()
