"""Removing erased customers' addresses from shipments, a thousand rows at a time."""

from comanda.messaging.background import every, in_pieces
from comanda.messaging.log import Connection
from comanda.messaging.service import Service
from comanda.platform.idempotency import forget_answers

PIECE = 1_000
PAUSE_S = 5.0

_ERASE = """
    with piece as (
        select s.id
        from shipments s
        join erased_customers e on e.customer_id = s.customer_id
        where not e.done
        and (s.recipient is not null or s.reason <> '')
        order by s.id
        limit $1
        for update of s
    )
    update shipments
    set recipient = null, reason = ''
    from piece
    where shipments.id = piece.id
"""


async def erase_customers(service: Service) -> None:
    """Work off the erasures, for as long as the service runs."""
    await every(service, PAUSE_S, lambda: in_pieces(service, erase_piece, PIECE), "shipping.erasing_tried_again")


async def erase_piece(connection: Connection) -> int:
    """Blank one piece of shipments; how many there were. Less than a piece: the customers are done."""
    rows = await connection.fetch("select customer_id from erased_customers where not done")
    if not rows:
        return 0
    customers = [row["customer_id"] for row in rows]
    async with connection.transaction():
        erased = int((await connection.execute(_ERASE, PIECE)).rpartition(" ")[2])
        if erased < PIECE:
            orders = await connection.fetch(
                "select distinct order_id from shipments where customer_id = any ($1::text[])", customers
            )
            await forget_answers(connection, customers, [row["order_id"] for row in orders])
            await connection.execute(
                "update erased_customers set done = true where customer_id = any ($1::text[])", customers
            )
    return erased
