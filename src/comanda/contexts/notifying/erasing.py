"""Forgetting customers who were erased, a thousand rows at a time: how they were reached and what they were told.

The entries of the delivery log stay: which message was sent when, to nobody.
"""

from comanda.messaging.background import every, in_pieces
from comanda.messaging.log import Connection
from comanda.messaging.service import Service
from comanda.platform.idempotency import forget_answers

PIECE = 1_000
PAUSE_S = 5.0

_CONTACTS = """
    update orders
    set contact = '{}'
    where order_id in (
        select o.order_id
        from customers c
        join orders o on o.customer_id = c.customer_id
        where c.erased
        and not c.done
        and o.contact is not null
        and o.contact::text <> '{}'
        limit $1
    )
"""

_MESSAGES_ABOUT_ORDERS = """
    update notifications
    set address = '', data = null
    where id in (
        select n.id
        from customers c
        join orders o on o.customer_id = c.customer_id
        join notifications n on n.about = o.order_id
        where c.erased
        and not c.done
        and (n.address <> '' or n.data is not null)
        limit $1
    )
"""

_MESSAGES_ABOUT_ACCOUNTS = """
    update notifications
    set address = '', data = null
    where id in (
        select n.id
        from customers c
        join notifications n on n.about = c.customer_id
        where c.erased
        and not c.done
        and (n.address <> '' or n.data is not null)
        limit $1
    )
"""


async def erase_customers(service: Service) -> None:
    """Work off the erasures, for as long as the service runs."""
    await every(service, PAUSE_S, lambda: in_pieces(service, erase_piece, PIECE), "notifying.erasing_tried_again")


async def erase_piece(connection: Connection) -> int:
    """Forget one piece of what is known; how much there was. Less than a piece: the customers are done."""
    rows = await connection.fetch("select customer_id from customers where erased and not done")
    if not rows:
        return 0
    customers = [row["customer_id"] for row in rows]
    erased = 0
    async with connection.transaction():
        for piece in (_CONTACTS, _MESSAGES_ABOUT_ORDERS, _MESSAGES_ABOUT_ACCOUNTS):
            erased = max(erased, int((await connection.execute(piece, PIECE)).rpartition(" ")[2]))
        if erased < PIECE:
            orders = await connection.fetch(
                "select order_id from orders where customer_id = any ($1::text[])", customers
            )
            await forget_answers(connection, customers, [row["order_id"] for row in orders])
            await connection.execute("update customers set done = true where customer_id = any ($1::text[])", customers)
    return erased
