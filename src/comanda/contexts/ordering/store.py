"""Ordering's SQL: placing, moving and finding orders."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from comanda.contexts.ordering.order import FAILED, Order
from comanda.contexts.ordering.placement import Placement
from comanda.messaging.log import Connection

_LOCK = """
    select order_id, number, status, payment, inventory, fulfillment, invoice, confirmation, payment_certain, delivered,
        cancel_requested, setting_asks, reason, tracking_number, invoice_number, entries, deadline, completed_at
    from progress
    where order_id = any ($1::uuid[])
    order by order_id
    for update
"""

_SAVE = """
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

_WRITE_TIMELINE = """
    insert into timeline (order_id, entry, at, cause, changes, actor, trace, note)
    select order_id, entry, $8, cause, changes, actor, trace, note
    from unnest($1::uuid[], $2::int[], $3::text[], $4::json[], $5::text[], $6::uuid[], $7::text[])
        as entry (order_id, entry, cause, changes, actor, trace, note)
"""

_INSERT_ORDERS = """
    insert into orders (
        id, number, kind, reference, customer_id, cart_id, email, language, currency, subtotal, shipping, tax, total,
        shipping_address, billing_address, sms, shipping_method, payment_method, metadata, trace, created_at
    )
    select id, number, 'managed', reference, customer_id, cart_id, email, language, currency, subtotal, shipping, tax,
        subtotal + shipping, shipping_address, billing_address, sms, shipping_method, payment_method, metadata, trace,
        $19
    from unnest(
        $1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::bigint[], $10::bigint[], $11::bigint[], $12::json[], $13::json[], $14::text[], $15::text[], $16::text[],
        $17::json[], $18::uuid[]
    ) as new (
        id, number, reference, customer_id, cart_id, email, language, currency, subtotal, shipping, tax,
        shipping_address, billing_address, sms, shipping_method, payment_method, metadata, trace
    )
"""

_INSERT_PROGRESS = """
    with placed as (
        select *
        from unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[]) as new (order_id, number, deadline, actor)
    ),
    progressing as (
        insert into progress (order_id, number, status, deadline, updated_at)
        select order_id, number, 'created', deadline, $5
        from placed
    )
    insert into timeline (order_id, entry, at, cause, changes, actor)
    select order_id, 1, $5, 'OrderCreated', '{"status":"created"}', actor
    from placed
"""

_INSERT_LINES = """
    insert into lines (order_id, line, sku, name, quantity, unit_price, net, tax, gross, rate_bp, weight_g)
    select order_id, line, sku, name, quantity, unit_price, gross - tax, tax, gross, rate_bp, weight_g
    from unnest(
        $1::uuid[], $2::int[], $3::text[], $4::text[], $5::int[], $6::bigint[], $7::bigint[], $8::bigint[], $9::int[],
        $10::int[]
    ) as new (order_id, line, sku, name, quantity, unit_price, tax, gross, rate_bp, weight_g)
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
        )
    return orders


async def save(connection: Connection, orders: Sequence[Order], now: datetime) -> None:
    """Write orders that were loaded with `lock`, and their new timeline entries."""
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
    )
    await connection.execute(
        _WRITE_TIMELINE,
        [order_id for order_id, _ in entries],
        [entry.number for _, entry in entries],
        [entry.cause for _, entry in entries],
        [_encode(entry.changes) for _, entry in entries],
        [entry.actor for _, entry in entries],
        [entry.trace for _, entry in entries],
        [entry.note for _, entry in entries],
        now,
    )
    failed = [order.id for order in orders if order.status == FAILED]
    if failed:
        await connection.execute("delete from live_carts where order_id = any ($1::uuid[])", failed)


def _encode(changes: dict[str, object]) -> str:
    return msgspec.json.encode(changes).decode()


async def draw_numbers(connection: Connection, count: int) -> list[int]:
    """New order numbers, growing. Drawn outside of the transaction, so that nobody waits for them."""
    rows = await connection.fetch("select nextval('order_numbers') as number from generate_series(1, $1)", count)
    return [row["number"] for row in rows]


async def insert(connection: Connection, placements: Sequence[Placement], now: datetime) -> None:
    """Write placed orders: the order, its progress and first timeline entry, its lines."""
    orders = [placement.created for placement in placements]
    buyers = [placement.buyer for placement in placements]
    await connection.execute(
        _INSERT_ORDERS,
        [order.order_id for order in orders],
        [order.number for order in orders],
        [placement.own_reference for placement in placements],
        [order.customer_id for order in orders],
        [order.cart_id for order in orders],
        [buyer.email or None for buyer in buyers],
        [order.language for order in orders],
        [order.currency for order in orders],
        [order.subtotal for order in orders],
        [order.shipping for order in orders],
        [order.tax for order in orders],
        [msgspec.json.encode(buyer.shipping_address).decode() for buyer in buyers],
        [msgspec.json.encode(b.billing_address).decode() if b.billing_address else None for b in buyers],
        [buyer.sms or None for buyer in buyers],
        [order.shipping_method for order in orders],
        [order.payment_method for order in orders],
        [placement.metadata for placement in placements],
        [placement.trace for placement in placements],
        now,
    )
    await connection.execute(
        _INSERT_PROGRESS,
        [order.order_id for order in orders],
        [order.number for order in orders],
        [placement.deadline for placement in placements],
        [placement.actor for placement in placements],
        now,
    )
    lines = [(order.order_id, index, line) for order in orders for index, line in enumerate(order.lines, 1)]
    await connection.execute(
        _INSERT_LINES,
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
    )


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


async def claim_keys(connection: Connection, keys: Sequence[tuple[str, str, bytes, str]]) -> set[tuple[str, str]]:
    """Take (scope, key, request hash, order id), given in key order; answers those that were free."""
    rows = await connection.fetch(
        """
        insert into idempotency_keys (scope, key, hash, status, answer)
        select scope, key, hash, 201, answer
        from unnest($1::text[], $2::text[], $3::bytea[], $4::text[]) as new (scope, key, hash, answer)
        on conflict (scope, key) do nothing
        returning scope, key
        """,
        [key[0] for key in keys],
        [key[1] for key in keys],
        [key[2] for key in keys],
        [key[3] for key in keys],
    )
    return {(row["scope"], row["key"]) for row in rows}


async def release_key(connection: Connection, scope: str, key: str) -> None:
    """Forget a key taken in this transaction."""
    await connection.execute("delete from idempotency_keys where scope = $1 and key = $2", scope, key)


async def claim_carts(connection: Connection, carts: dict[str, str]) -> set[str]:
    """Carts (id → order) that had no live order and have this one now."""
    rows = await connection.fetch(
        """
        insert into live_carts (cart_id, order_id)
        select cart_id, order_id
        from unnest($1::text[], $2::uuid[]) as new (cart_id, order_id)
        order by cart_id
        on conflict do nothing
        returning cart_id
        """,
        list(carts),
        list(carts.values()),
    )
    return {row["cart_id"] for row in rows}


async def taken_references(connection: Connection, references: Sequence[str]) -> set[str]:
    """Which of the references another order has."""
    rows = await connection.fetch("select reference from orders where reference = any ($1::text[])", references)
    return {row["reference"] for row in rows}


async def add_tasks(connection: Connection, tasks: Sequence[tuple[str, str, str]]) -> None:
    """Things for staff to do about an order: (order id, kind, detail), each kind once an order."""
    if tasks:
        await connection.execute(
            """
            insert into staff_tasks (order_id, kind, detail)
            select order_id, kind, detail
            from unnest($1::uuid[], $2::text[], $3::text[]) as task (order_id, kind, detail)
            on conflict (order_id, kind) do nothing
            """,
            [order_id for order_id, _, _ in tasks],
            [kind for _, kind, _ in tasks],
            [detail for _, _, detail in tasks],
        )


async def mark_returns_received(connection: Connection, return_ids: Sequence[str]) -> None:
    """The goods of these returns are here."""
    if return_ids:
        await connection.execute(
            "update returns set status = 'received' where id = any ($1::uuid[]) and status = 'approved'", return_ids
        )
