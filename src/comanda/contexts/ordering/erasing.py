"""Forgetting customers who were erased: their orders stay, as numbers; who they were and where they lived goes.

The tombstone stays, so that no import brings back what was forgotten.
"""

from collections.abc import Iterable
from dataclasses import replace

from comanda.contexts.ordering.record import Record
from comanda.kernel.errors import Conflict
from comanda.messaging.background import every, in_pieces
from comanda.messaging.log import Connection
from comanda.messaging.service import Service
from comanda.platform.idempotency import forget_answers

PIECE = 1_000
PAUSE_S = 5.0

_ERASE = """
    with piece as (
        select o.id
        from orders o
        join erased_customers e on e.customer_id = o.customer_id
        where not e.done
        and (
            o.email is not null
            or o.sms is not null
            or o.metadata is not null
            or o.billing_address is not null
            or o.shipping_address ->> 'recipient' <> ''
            or o.shipping_address ->> 'street' <> ''
        )
        order by o.id
        limit $1
        for update of o
    )
    update orders
    set email = null, sms = null, metadata = null, billing_address = null,
        shipping_address = case
            when shipping_address is not null then json_build_object(
                'recipient', '', 'street', '', 'city', '', 'postal_code', '', 'country', shipping_address ->> 'country'
            )
        end
    from piece
    where orders.id = piece.id
"""

_ERASE_NOTES = """
    with piece as (
        select t.order_id, t.entry
        from erased_customers e
        join orders o on o.customer_id = e.customer_id
        join timeline t on t.order_id = o.id
        where not e.done
        and t.note is not null
        order by t.order_id, t.entry
        limit $1
        for update of t
    )
    update timeline
    set note = null
    from piece
    where timeline.order_id = piece.order_id
    and timeline.entry = piece.entry
"""

_ERASE_RETURNS = """
    with piece as (
        select r.id
        from erased_customers e
        join orders o on o.customer_id = e.customer_id
        join returns r on r.order_id = o.id
        where not e.done
        and (r.reason <> '' or r.note is not null)
        order by r.id
        limit $1
        for update of r
    )
    update returns
    set reason = '', note = null
    from piece
    where returns.id = piece.id
"""

_ERASE_REASONS = """
    with piece as (
        select p.order_id
        from erased_customers e
        join orders o on o.customer_id = e.customer_id
        join progress p on p.order_id = o.id
        where not e.done
        and p.status = 'canceled'
        and p.reason is not null
        order by p.order_id
        limit $1
        for update of p
    )
    update progress
    set reason = null
    from piece
    where progress.order_id = piece.order_id
"""

_PIECES = (_ERASE, _ERASE_NOTES, _ERASE_RETURNS, _ERASE_REASONS)


class CustomerIsErased(Conflict):
    """Nothing new can be begun for somebody who has been forgotten."""

    code = "customer-erased"

    def __init__(self) -> None:
        super().__init__("This customer has been erased.")


async def leave_tombstone(connection: Connection, customer_id: str) -> bool:
    """From now on nothing can be ordered for this customer. Whether there was no tombstone before."""
    left = await connection.fetchval(
        """
        insert into erased_customers (customer_id)
        values ($1)
        on conflict (customer_id) do nothing
        returning true
        """,
        customer_id,
    )
    return left is True


async def take_tombstone_away(connection: Connection, customer_id: str) -> None:
    """The customer is not forgotten after all."""
    await connection.execute("delete from erased_customers where customer_id = $1", customer_id)


async def remember(connection: Connection, customer_ids: list[str]) -> None:
    """Leave tombstones: these customers are to be forgotten."""
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


async def erase_customers(service: Service) -> None:
    """Work off the erasures, for as long as the service runs."""
    await every(service, PAUSE_S, lambda: in_pieces(service, erase_piece, PIECE), "ordering.erasing_tried_again")


async def erase_piece(connection: Connection) -> int:
    """Forget one piece of what is known; how much there was. Less than a piece: the customers are done."""
    names = await connection.fetch("select customer_id from erased_customers where not done")
    if not names:
        return 0
    customers = [row["customer_id"] for row in names]
    erased = 0
    async with connection.transaction():
        for piece in _PIECES:
            erased = max(erased, int((await connection.execute(piece, PIECE)).rpartition(" ")[2]))
        if erased < PIECE:
            orders = await connection.fetch("select id from orders where customer_id = any ($1::text[])", customers)
            await forget_answers(connection, customers, [row["id"] for row in orders])
            await connection.execute(
                "update erased_customers set done = true where customer_id = any ($1::text[])", customers
            )
            await connection.execute("delete from customer_statuses where customer_id = any ($1::text[])", customers)
    return erased


async def erased_among(connection: Connection, customer_ids: Iterable[str | None]) -> set[str]:
    """Which of the customers are forgotten, or about to be: known until the caller's transaction ends."""
    wanted = sorted({customer_id for customer_id in customer_ids if customer_id is not None})
    if not wanted:
        return set()
    rows = await connection.fetch(
        "select customer_id from erased_customers where customer_id = any ($1::text[]) for key share", wanted
    )
    return {row["customer_id"] for row in rows}


async def without_erased(connection: Connection, records: dict[str, Record]) -> dict[str, Record]:
    """The records, those of erased customers without an e-mail address and metadata."""
    erased = await erased_among(connection, (record.customer_id for record in records.values()))
    if not erased:
        return records
    return {
        key: replace(record, email=None, metadata=None) if record.customer_id in erased else record
        for key, record in records.items()
    }
