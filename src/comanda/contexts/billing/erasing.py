"""Removing erased customers' data, a thousand rows at a time: from drafts at once, from invoices when the law allows.

An issued invoice keeps its buyer's name and address for the years that tax law asks for, counted from the end of the
year it was issued in.
"""

import time
from datetime import datetime

from comanda.messaging.background import every, in_pieces
from comanda.messaging.log import Connection
from comanda.messaging.service import Service

PIECE = 1_000
PAUSE_S = 5.0
BETWEEN_RETENTIONS_S = 3_600.0

RETENTION = "billing.retention_years"

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


_LET_GO = """
    with piece as (
        select i.order_id
        from erased_customers e
        join drafts d on d.customer_id = e.customer_id
        join invoices i on i.order_id = d.order_id
        where e.invoices_kept
        and extract(year from i.issued_at) + $1 < extract(year from $2::timestamptz)
        and i.document::jsonb ? 'buyer'
        order by i.order_id
        limit $3
    )
    update invoices
    set document = (document::jsonb - 'buyer')::json
    from piece
    where invoices.order_id = piece.order_id
"""

_NONE_KEPT = """
    update erased_customers e
    set invoices_kept = false
    where e.invoices_kept
    and e.done
    and not exists (
        select
        from drafts d
        join invoices i on i.order_id = d.order_id
        where d.customer_id = e.customer_id
        and i.document::jsonb ? 'buyer'
    )
"""


async def erase_customers(service: Service) -> None:
    """Work off the erasures, for as long as the service runs; once an hour also the invoices that are old enough."""
    looked_at: float | None = None

    async def erase() -> None:
        nonlocal looked_at
        await in_pieces(service, erase_piece, PIECE)
        if looked_at is None or time.monotonic() - looked_at >= BETWEEN_RETENTIONS_S:
            async with service.database.acquire() as connection:
                await let_invoices_go(connection, service.settings[RETENTION], service.clock())
            looked_at = time.monotonic()

    await every(service, PAUSE_S, erase, "billing.erasing_tried_again")


async def let_invoices_go(connection: Connection, years: int, now: datetime) -> int:
    """Take erased customers out of the invoices that need not be kept any more; how many there were."""
    gone = last = await _let_go_piece(connection, years, now)
    while last == PIECE:
        last = await _let_go_piece(connection, years, now)
        gone += last
    await connection.execute(_NONE_KEPT)
    return gone


async def _let_go_piece(connection: Connection, years: int, now: datetime) -> int:
    return int((await connection.execute(_LET_GO, years, now, PIECE)).rpartition(" ")[2])


async def erase_piece(connection: Connection) -> int:
    """Blank one piece of drafts; how many there were. Less than a piece: the customers are done."""
    if not await connection.fetchval("select exists (select from erased_customers where not done)"):
        return 0
    async with connection.transaction():
        erased = int((await connection.execute(_ERASE, PIECE)).rpartition(" ")[2])
        if erased < PIECE:
            await connection.execute("update erased_customers set done = true where not done")
    return erased
