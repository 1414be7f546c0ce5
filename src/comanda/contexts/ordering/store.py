"""Ordering's SQL: placing, moving and finding orders."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from comanda.contexts.ordering.contract.events import OrderCreated
from comanda.contexts.ordering.foreign import store as stages
from comanda.contexts.ordering.order import FAILED, Order
from comanda.contexts.ordering.placement import Placement
from comanda.messaging import log
from comanda.messaging.log import Connection

_LOCK = """
    select order_id, number, status, payment, inventory, fulfillment, invoice, confirmation, payment_certain, delivered,
        cancel_requested, setting_asks, reason, tracking_number, invoice_number, entries, deadline, completed_at,
        version, foreign_stages
    from progress
    where order_id = any ($1::uuid[])
    and managed
    order by order_id
    for update
"""

_SAVE = """
    with written as (
        insert into timeline (order_id, entry, at, cause, changes, actor, trace, note)
        select order_id, entry, $18, cause, changes, actor, trace, note
        from unnest($19::uuid[], $20::int[], $21::text[], $22::json[], $23::text[], $24::uuid[], $25::text[])
            as entry (order_id, entry, cause, changes, actor, trace, note)
    )
    update progress
    set status = new.status, payment = new.payment, inventory = new.inventory, fulfillment = new.fulfillment,
        invoice = new.invoice, confirmation = new.confirmation, payment_certain = new.payment_certain,
        delivered = new.delivered, cancel_requested = new.cancel_requested, setting_asks = new.setting_asks,
        reason = new.reason, tracking_number = new.tracking_number, invoice_number = new.invoice_number,
        entries = new.entries, deadline = new.deadline, completed_at = new.completed_at, updated_at = $18,
        version = version + 1
    from unnest(
        $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bool[], $9::bool[],
        $10::bool[], $11::bool[], $12::text[], $13::text[], $14::text[], $15::int[], $16::timestamptz[],
        $17::timestamptz[]
    ) as new (
        order_id, status, payment, inventory, fulfillment, invoice, confirmation, payment_certain, delivered,
        cancel_requested, setting_asks, reason, tracking_number, invoice_number, entries, deadline, completed_at
    )
    where progress.order_id = new.order_id
"""

# Takes carts and idempotency keys, and writes an order, its progress, its first timeline entry, its lines and its event
# for each that was free and whose customer was not erased: one statement, which is the whole transaction, for a whole
# group. The event is fed by the key, so that it gets its position after the key is locked. Answers the orders written.
_INSERT = """
    with asked as (
        select *
        from unnest($1::text[], $2::text[], $3::bytea[], $4::uuid[], $9::text[], $8::text[])
            as new (scope, key, hash, id, cart_id, customer_id)
        where not exists (select from erased_customers erased where erased.customer_id = new.customer_id)
    ),
    carted as (
        insert into live_carts (cart_id, order_id)
        select cart_id, id
        from asked
        where cart_id is not null
        order by cart_id
        on conflict do nothing
        returning order_id
    ),
    claimed as (
        insert into idempotency_keys (scope, key, hash, status, answer)
        select scope, key, hash, 201, id::text
        from asked
        where cart_id is null
        or id in (select order_id from carted)
        on conflict (scope, key) do nothing
        returning answer::uuid as id
    ),
    placed as (
        select new.*
        from unnest(
            $5::uuid[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
            $13::bigint[], $14::bigint[], $15::bigint[], $16::json[], $17::json[], $18::text[], $19::text[],
            $20::text[], $21::json[], $22::uuid[], $23::timestamptz[], $24::text[], $36::json[], $37::json[]
        ) as new (
            id, number, reference, customer_id, cart_id, email, language, currency, subtotal, shipping, tax,
            shipping_address, billing_address, sms, shipping_method, payment_method, metadata, trace, deadline, actor,
            event, personal
        )
        join claimed using (id)
    ),
    published as (
        insert into messaging.log (type, subject, trace, actor, person, data, personal)
        select $38, id::text, trace, actor, customer_id, event, personal
        from placed
        order by number
    ),
    ordered as (
        insert into orders (
            id, number, kind, reference, customer_id, cart_id, email, language, currency, subtotal, shipping, tax,
            total, shipping_address, billing_address, sms, shipping_method, payment_method, metadata, trace, created_at
        )
        select id, number, 'managed', reference, customer_id, cart_id, email, language, currency, subtotal, shipping,
            tax, subtotal + shipping, shipping_address, billing_address, sms, shipping_method, payment_method,
            metadata, trace, $25
        from placed
    ),
    progressing as (
        insert into progress (order_id, number, status, currency, total, deadline, updated_at)
        select id, number, 'created', currency, subtotal + shipping, deadline, $25
        from placed
    ),
    begun as (
        insert into timeline (order_id, entry, at, cause, changes, actor)
        select id, 1, $25, 'OrderCreated', '{"status":"created"}', actor
        from placed
    ),
    listed as (
        insert into lines (order_id, line, sku, name, quantity, unit_price, net, tax, gross, rate_bp, weight_g)
        select new.id, line, sku, name, quantity, unit_price, gross - new.tax, new.tax, gross, rate_bp, weight_g
        from unnest(
            $26::uuid[], $27::int[], $28::text[], $29::text[], $30::int[], $31::bigint[], $32::bigint[],
            $33::bigint[], $34::int[], $35::int[]
        ) as new (id, line, sku, name, quantity, unit_price, tax, gross, rate_bp, weight_g)
        join claimed using (id)
    )
    select id
    from claimed
"""


async def lock(connection: Connection, ids: Iterable[str]) -> dict[str, Order]:
    """Managed orders by id, locked in id order; ids without one are left out."""
    wanted = sorted(ids)
    if not wanted:
        return {}
    orders = {}
    for row in await connection.fetch(_LOCK, wanted):
        order_id = str(row[0])
        orders[order_id] = Order(
            id=order_id,
            number=row[1],
            status=row[2],
            payment=row[3],
            inventory=row[4],
            fulfillment=row[5],
            invoice=row[6],
            confirmation=row[7],
            payment_certain=row[8],
            delivered=row[9],
            cancel_requested=row[10],
            setting_asks=row[11],
            reason=row[12],
            tracking_number=row[13],
            invoice_number=row[14],
            entry_count=row[15],
            deadline=row[16],
            completed_at=row[17],
            version=row[18],
            foreign_stages=row[19] or (),
        )
    return orders


async def save(connection: Connection, orders: Sequence[Order], now: datetime) -> None:
    """Write orders that were loaded with `lock`, their new timeline entries, and the calls these make due."""
    entries = [(order.id, entry) for order in orders for entry in order.entries if entry.changes or entry.note]
    if not entries:
        return
    await connection.execute(
        _SAVE,
        [order.id for order in orders],
        [order.status for order in orders],
        [order.payment for order in orders],
        [order.inventory for order in orders],
        [order.fulfillment for order in orders],
        [order.invoice for order in orders],
        [order.confirmation for order in orders],
        [order.payment_certain for order in orders],
        [order.delivered for order in orders],
        [order.cancel_requested for order in orders],
        [order.setting_asks for order in orders],
        [order.reason for order in orders],
        [order.tracking_number for order in orders],
        [order.invoice_number for order in orders],
        [order.entry_count for order in orders],
        [order.deadline for order in orders],
        [order.completed_at for order in orders],
        now,
        [order_id for order_id, _ in entries],
        [entry.number for _, entry in entries],
        [entry.cause for _, entry in entries],
        [_encode(entry.changes) for _, entry in entries],
        [entry.actor for _, entry in entries],
        [entry.trace for _, entry in entries],
        [entry.note for _, entry in entries],
    )
    await free_carts(connection, [order.id for order in orders if order.status == FAILED])
    foreign = [order for order in orders if order.foreign_stages]
    if foreign:
        await stages.write_calls(connection, foreign)


_encoder = msgspec.json.Encoder()


def _encode(value: object) -> str:
    return _encoder.encode(value).decode()


async def draw_numbers(connection: Connection, count: int) -> list[int]:
    """New order numbers, growing. Drawn outside of the transaction, so that nobody waits for them."""
    rows = await connection.fetch("select nextval('order_numbers') as number from generate_series(1, $1)", count)
    return [row["number"] for row in rows]


async def insert(connection: Connection, placements: Sequence[Placement], now: datetime) -> set[str]:
    """Write the placements whose cart and key are free, given in key order, and publish them; answers their ids.

    The connection is in autocommit: when this returns, they are placed. The others' orders have been placed before,
    under the same key, or their cart has a live order.
    """
    orders = [placement.created for placement in placements]
    buyers = [placement.buyer for placement in placements]
    commands = [placement.command for placement in placements]
    lines = [(order.order_id, index, line) for order in orders for index, line in enumerate(order.lines, 1)]
    events = [log.encode(order) for order in orders]
    written = await connection.fetch(
        _INSERT,
        [command.scope for command in commands],
        [command.key for command in commands],
        [command.fingerprint for command in commands],
        [command.id for command in commands],
        [order.order_id for order in orders],
        [order.number for order in orders],
        [command.reference for command in commands],
        [order.customer_id for order in orders],
        [order.cart_id for order in orders],
        [buyer.email or None for buyer in buyers],
        [order.language for order in orders],
        [order.currency for order in orders],
        [order.subtotal for order in orders],
        [order.shipping for order in orders],
        [order.tax for order in orders],
        [_encode(buyer.shipping_address) for buyer in buyers],
        [_encode(buyer.billing_address) if buyer.billing_address else None for buyer in buyers],
        [buyer.sms or None for buyer in buyers],
        [order.shipping_method for order in orders],
        [order.payment_method for order in orders],
        [command.metadata for command in commands],
        [command.trace for command in commands],
        [placement.deadline for placement in placements],
        [command.actor for command in commands],
        now,
        [order_id for order_id, _, _ in lines],
        [index for _, index, _ in lines],
        [line.sku for _, _, line in lines],
        [line.name for _, _, line in lines],
        [line.quantity for _, _, line in lines],
        [line.unit_price for _, _, line in lines],
        [line.tax for _, _, line in lines],
        [line.gross for _, _, line in lines],
        [line.rate_bp for _, _, line in lines],
        [line.weight_g for _, _, line in lines],
        [data for data, _ in events],
        [personal for _, personal in events],
        OrderCreated.TYPE,
    )
    return {row[0] for row in written}


async def orders_of_keys(
    connection: Connection, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[bytes, str]]:
    """The request hash and order id of those (scope, key) that have placed an order."""
    rows = await connection.fetch(
        """
        select known.scope, known.key, known.hash, known.answer
        from unnest($1::text[], $2::text[]) as asked (scope, key)
        join idempotency_keys known on known.scope = asked.scope and known.key = asked.key
        """,
        [scope for scope, _ in keys],
        [key for _, key in keys],
    )
    return {(row["scope"], row["key"]): (bytes(row["hash"]), row["answer"]) for row in rows}


async def free_carts(connection: Connection, order_ids: Sequence[str]) -> None:
    """The carts of these orders may be ordered again."""
    if order_ids:
        await connection.execute("delete from live_carts where order_id = any ($1::uuid[])", order_ids)


async def free_carts_of_no_order(connection: Connection) -> None:
    """Carts that were taken for an order that was never written may be ordered again."""
    await connection.execute(
        """
        delete from live_carts
        where not exists (
            select 1
            from orders
            where orders.id = live_carts.order_id
        )
        """
    )


async def taken_references(connection: Connection, references: Sequence[str]) -> set[str]:
    """Which of the references another order has."""
    rows = await connection.fetch("select reference from orders where reference = any ($1::text[])", references)
    return {row["reference"] for row in rows}


async def mark_returns_received(connection: Connection, return_ids: Sequence[str]) -> None:
    """The goods of these returns are here."""
    if return_ids:
        await connection.execute(
            "update returns set status = 'received' where id = any ($1::uuid[]) and status = 'approved'", return_ids
        )
