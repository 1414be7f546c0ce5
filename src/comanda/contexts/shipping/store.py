"""Shipping's SQL for its batches and use cases: the outbound row of an order is locked before its returns."""

from collections.abc import Sequence

import asyncpg
import msgspec

from comanda.contexts.shipping.shipment import Parcel, Shipment
from comanda.kernel.address import Address
from comanda.kernel.errors import NotFound
from comanda.kernel.goods import Pieces
from comanda.messaging.log import Connection
from comanda.messaging.reactions import Reload
from comanda.messaging.unit_of_work import UnitOfWork

encode = msgspec.json.Encoder().encode
_decode_parcel = msgspec.json.Decoder(Parcel).decode
_decode_address = msgspec.json.Decoder(Address).decode
_decode_pieces = msgspec.json.Decoder(list[Pieces]).decode

_LOCK_OUTBOUND = """
    select *
    from shipments
    where order_id = any ($1::uuid[])
    and kind = 'outbound'
    order by order_id
    for update
"""

_LOCK_OLDEST_RETURN = """
    select *
    from shipments
    where order_id = $1
    and kind = 'return'
    and status = 'expected'
    order by id
    limit 1
    for update
"""

_KNOWN_RETURNS = """
    select return_id
    from shipments
    where return_id = any ($1::text[])
    and kind = 'return'
"""

_INSERT_SCHEDULED = """
    insert into shipments (id, order_id, customer_id, tracking_number, document, recipient, created_at)
    select id, order_id, customer_id, tracking_number, document,
        case
            when customer_id is not null
                and exists (select from erased_customers e where e.customer_id = shipment.customer_id)
            then null
            else recipient
        end,
        $7
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::json[], $6::json[])
        as shipment (id, order_id, customer_id, tracking_number, document, recipient)
    on conflict (order_id) where kind = 'outbound' do nothing
"""

_INSERT = """
    insert into shipments (
        id, order_id, kind, return_id, status, customer_id, tracking_number, document, recipient, reason, ended_at,
        created_at
    )
    select id, order_id, kind, return_id, status, customer_id, tracking_number, document,
        case
            when not exists (select from erased_customers e where e.customer_id = shipment.customer_id) then recipient
        end,
        reason, ended_at, $12
    from unnest(
        $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::json[], $9::json[],
        $10::text[], $11::timestamptz[]
    ) as shipment (
        id, order_id, kind, return_id, status, customer_id, tracking_number, document, recipient, reason, ended_at
    )
    on conflict do nothing
"""

_UPDATE = """
    update shipments
    set status = changed.status, reason = changed.reason, restocked = changed.restocked,
        dispatched_at = changed.dispatched_at, delivered_at = changed.delivered_at, ended_at = changed.ended_at
    from unnest(
        $1::uuid[], $2::text[], $3::text[], $4::json[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[]
    ) as changed (id, status, reason, restocked, dispatched_at, delivered_at, ended_at)
    where shipments.id = changed.id
"""


async def lock_outbound(connection: Connection, order_ids: Sequence[str]) -> dict[str, Shipment]:
    """Lock the orders' outbound shipments and marks, in the order of their ids."""
    return {row["order_id"]: shipment_of(row) for row in await connection.fetch(_LOCK_OUTBOUND, order_ids)}


async def lock_with_outbound(connection: Connection, shipment_id: str) -> tuple[Shipment | None, Shipment]:
    """Lock a shipment, after the outbound one of its order. Raises NotFound."""
    order_id = await connection.fetchval(
        "select order_id from shipments where id = $1 and status <> 'withdrawn'", shipment_id
    )
    if order_id is None:
        raise NotFound("There is no such shipment.")
    outbound = (await lock_outbound(connection, [order_id])).get(order_id)
    if outbound is not None and outbound.id == shipment_id:
        return outbound, outbound
    row = await connection.fetchrow("select * from shipments where id = $1 for update", shipment_id)
    assert row is not None
    return outbound, shipment_of(row)


async def lock_oldest_return(connection: Connection, order_id: str) -> Shipment | None:
    """Lock the order's approved return that has waited longest; its outbound shipment is locked before."""
    row = await connection.fetchrow(_LOCK_OLDEST_RETURN, order_id)
    return shipment_of(row) if row else None


async def known_returns(connection: Connection, return_ids: Sequence[str]) -> set[str]:
    """Which of the returns have a shipment already."""
    return {row["return_id"] for row in await connection.fetch(_KNOWN_RETURNS, return_ids)}


async def insert(work: UnitOfWork, shipments: Sequence[Shipment]) -> None:
    """Write new shipments. Raises Reload when a row of one of the orders appeared since the load."""
    plain = [shipment for shipment in shipments if shipment.kind == "outbound" and shipment.status == "scheduled"]
    others = [shipment for shipment in shipments if shipment.kind != "outbound" or shipment.status != "scheduled"]
    if plain:
        status = await work.connection.execute(
            _INSERT_SCHEDULED,
            [shipment.id for shipment in plain],
            [shipment.order_id for shipment in plain],
            [shipment.customer_id for shipment in plain],
            [shipment.tracking_number for shipment in plain],
            [encode(shipment.parcel).decode() for shipment in plain],
            [encode(shipment.recipient).decode() if shipment.recipient else None for shipment in plain],
            work.now,
        )
        _expect(status, len(plain))
    if others:
        await _insert_others(work, others)


async def _insert_others(work: UnitOfWork, others: Sequence[Shipment]) -> None:
    status = await work.connection.execute(
        _INSERT,
        [shipment.id for shipment in others],
        [shipment.order_id for shipment in others],
        [shipment.kind for shipment in others],
        [shipment.return_id for shipment in others],
        [shipment.status for shipment in others],
        [shipment.customer_id for shipment in others],
        [shipment.tracking_number for shipment in others],
        [encode(shipment.parcel).decode() if shipment.parcel else None for shipment in others],
        [encode(shipment.recipient).decode() if shipment.recipient else None for shipment in others],
        [shipment.reason for shipment in others],
        [shipment.ended_at for shipment in others],
        work.now,
    )
    _expect(status, len(others))


async def insert_by_hand(work: UnitOfWork, shipment: Shipment) -> bool:
    """Write a shipment for an order that another system runs; False when the order has an outbound one already."""
    status = await work.connection.execute(
        """
        insert into shipments (id, order_id, managed, customer_id, tracking_number, document, recipient, created_at)
        select $1, $2, false, $3, $4, $5,
            case when not exists (select from erased_customers e where e.customer_id = $3) then $6::json end, $7
        on conflict do nothing
        """,
        shipment.id,
        shipment.order_id,
        shipment.customer_id,
        shipment.tracking_number,
        encode(shipment.parcel).decode(),
        encode(shipment.recipient).decode(),
        work.now,
    )
    return status == "INSERT 0 1"


async def update(connection: Connection, shipments: Sequence[Shipment]) -> None:
    """Write what has become of locked shipments."""
    if shipments:
        await connection.execute(
            _UPDATE,
            [shipment.id for shipment in shipments],
            [shipment.status for shipment in shipments],
            [shipment.reason for shipment in shipments],
            [encode(shipment.restocked).decode() if shipment.restocked is not None else None for shipment in shipments],
            [shipment.dispatched_at for shipment in shipments],
            [shipment.delivered_at for shipment in shipments],
            [shipment.ended_at for shipment in shipments],
        )


async def remember_erased(connection: Connection, customer_ids: Sequence[str]) -> None:
    """Note whose personal data is to go; a background task removes it in pieces."""
    if customer_ids:
        await connection.execute(
            """
            insert into erased_customers (customer_id)
            select distinct customer_id
            from unnest($1::text[]) as erased (customer_id)
            on conflict (customer_id) do update set done = false
            """,
            customer_ids,
        )


def shipment_of(row: asyncpg.Record) -> Shipment:
    """A row of the table as the domain's word."""
    return Shipment(
        id=row["id"],
        order_id=row["order_id"],
        kind=row["kind"],
        return_id=row["return_id"],
        managed=row["managed"],
        status=row["status"],
        customer_id=row["customer_id"],
        tracking_number=row["tracking_number"],
        parcel=_decode_parcel(row["document"]) if row["document"] is not None else None,
        recipient=_decode_address(row["recipient"]) if row["recipient"] is not None else None,
        reason=row["reason"],
        restocked=_decode_pieces(row["restocked"]) if row["restocked"] is not None else None,
        created_at=row["created_at"],
        dispatched_at=row["dispatched_at"],
        delivered_at=row["delivered_at"],
        ended_at=row["ended_at"],
    )


def _expect(status: str, count: int) -> None:
    if int(status.rpartition(" ")[2]) != count:
        raise Reload
