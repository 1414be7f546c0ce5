"""Removing erased customers' data from drafts, a thousand rows at a time."""

from comanda.messaging.log import Connection
from comanda.messaging.service import Service

PIECE = 1_000
PAUSE_S = 5.0

# Also what was drafted after the erasure was read: the customer's tombstone stays.
_ERASE = """
    with piece as (
        select d.order_id
        from drafts d
        join erased_customers e on e.customer_id = d.customer_id
        where not e.done
        and d.document is not null
        and d.document::jsonb ? 'buyer'
        order by d.order_id
        limit $1
        for update of d
    )
    update drafts
    set document = (document::jsonb - 'buyer')::json
    from piece
    where drafts.order_id = piece.order_id
"""


async def erase_customers(service: Service) -> None:
    """Work off the erasures, for as long as the service runs."""
    while not await service.pause(PAUSE_S):
        async with service.database.acquire() as connection:
            await erase_piece(connection)


async def erase_piece(connection: Connection) -> int:
    """Blank one piece of drafts; how many there were. Less than a piece: the customers are done."""
    if not await connection.fetchval("select exists (select from erased_customers where not done)"):
        return 0
    async with connection.transaction():
        erased = int((await connection.execute(_ERASE, PIECE)).rpartition(" ")[2])
        if erased < PIECE:
            await connection.execute("update erased_customers set done = true where not done")
    return erased
