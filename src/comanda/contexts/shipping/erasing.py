"""Removing erased customers' addresses from shipments, a thousand rows at a time."""

from comanda.messaging.log import Connection
from comanda.messaging.service import Service

PIECE = 1_000
PAUSE_S = 5.0

_ERASE = """
    with piece as (
        select s.id
        from shipments s
        join erased_customers e on e.customer_id = s.customer_id
        where not e.done
        and s.recipient is not null
        order by s.id
        limit $1
        for update of s
    )
    update shipments
    set recipient = null
    from piece
    where shipments.id = piece.id
"""


async def erase_customers(service: Service) -> None:
    """Work off the erasures, for as long as the service runs."""
    while not await service.pause(PAUSE_S):
        async with service.database.acquire() as connection:
            await erase_piece(connection)


async def erase_piece(connection: Connection) -> int:
    """Blank one piece of shipments; how many there were. Less than a piece: the customers are done."""
    if not await connection.fetchval("select exists (select from erased_customers where not done)"):
        return 0
    async with connection.transaction():
        erased = int((await connection.execute(_ERASE, PIECE)).rpartition(" ")[2])
        if erased < PIECE:
            await connection.execute("update erased_customers set done = true where not done")
    return erased
