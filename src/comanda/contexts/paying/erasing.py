"""Removing what identifies the cards of erased customers, and what staff wrote of them, a thousand rows at a time.

A payment that is still to be taken keeps its token until it is, or until nobody wants it any more.
"""

from comanda.messaging.background import every, in_pieces
from comanda.messaging.log import Connection
from comanda.messaging.service import Service
from comanda.platform.idempotency import forget_answers

PIECE = 1_000
PAUSE_S = 5.0

_TOKENS = """
    with piece as (
        select p.order_id
        from erased_customers e
        join payment_intents p on p.customer_id = e.customer_id
        where not e.done
        and p.token <> ''
        and p.status not in ('expected', 'created')
        order by p.order_id
        limit $1
        for no key update of p
    )
    update payment_intents
    set token = '', version = version + 1
    from piece
    where payment_intents.order_id = piece.order_id
"""

_CHARGES = """
    update provider_charges
    set token = ''
    where key in (
        select c.key
        from erased_customers e
        join payment_intents p on p.customer_id = e.customer_id
        join provider_charges c on c.key = p.order_id::text
        where not e.done
        and c.token <> ''
        and p.token = ''
        limit $1
    )
"""

_REFUNDS = """
    update refunds
    set reason = ''
    where id in (
        select r.id
        from erased_customers e
        join payment_intents p on p.customer_id = e.customer_id
        join refunds r on r.order_id = p.order_id
        where not e.done
        and r.cause = 'staff'
        and r.reason <> ''
        and r.status <> 'pending'
        limit $1
    )
"""

_DONE = """
    update erased_customers
    set done = true
    where not done
    and erased_at < clock_timestamp() - interval '1 day'
"""


async def remember_erased(connection: Connection, customer_ids: list[str]) -> None:
    """Leave tombstones; a background task removes what there is, and what still comes."""
    await connection.execute(
        """
        insert into erased_customers (customer_id)
        select distinct customer_id
        from unnest($1::text[]) as erased (customer_id)
        on conflict (customer_id) do update set done = false, erased_at = excluded.erased_at
        """,
        customer_ids,
    )


async def erase_customers(service: Service) -> None:
    """Work off the erasures, for as long as the service runs."""
    await every(service, PAUSE_S, lambda: in_pieces(service, erase_piece, PIECE), "paying.erasing_tried_again")


async def erase_piece(connection: Connection) -> int:
    """Remove one piece of what there is; how much there was."""
    rows = await connection.fetch(
        """
        select customer_id, erased_at > clock_timestamp() - interval '1 minute' as fresh
        from erased_customers
        where not done
        """
    )
    if not rows:
        return 0
    erased = 0
    async with connection.transaction():
        for piece in (_TOKENS, _CHARGES, _REFUNDS):
            erased = max(erased, int((await connection.execute(piece, PIECE)).rpartition(" ")[2]))
        if erased < PIECE:
            fresh = [row["customer_id"] for row in rows if row["fresh"]]
            if fresh:
                orders = await connection.fetch(
                    "select order_id from payment_intents where customer_id = any ($1::text[])", fresh
                )
                await forget_answers(connection, fresh, [row["order_id"] for row in orders])
            await connection.execute(_DONE)
    return erased
