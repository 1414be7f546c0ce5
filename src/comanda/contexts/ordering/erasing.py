"""Forgetting customers who were erased: their orders stay, as numbers; who they were and where they lived goes.

The tombstone stays, so that no import brings back what was forgotten.
"""

from dataclasses import replace

import structlog

from comanda.contexts.ordering.record import Record
from comanda.messaging.log import Connection
from comanda.messaging.service import Service
from comanda.platform.database import is_transient

_logger = structlog.get_logger(__name__)

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


_FORGET_ANSWERS = """
    delete from idempotency_keys stored
    using erased_customers e
    where not e.done
    and starts_with(stored.scope, 'customer:' || e.customer_id || ':')
"""


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
    while not await service.pause(PAUSE_S):
        try:
            async with service.database.acquire() as connection:
                while await erase_piece(connection) == PIECE:
                    pass
        except Exception as error:
            if not is_transient(error):
                raise
            _logger.warning("ordering.erasing_tried_again", error=str(error))


async def erase_piece(connection: Connection) -> int:
    """Forget who placed one piece of orders; how many there were. Less than a piece: the customers are done."""
    if not await connection.fetchval("select exists (select from erased_customers where not done)"):
        return 0
    async with connection.transaction():
        erased = int((await connection.execute(_ERASE, PIECE)).rpartition(" ")[2])
        if erased < PIECE:
            await connection.execute(_FORGET_ANSWERS)
            await connection.execute("update erased_customers set done = true where not done")
    return erased


async def without_erased(connection: Connection, records: dict[str, Record]) -> dict[str, Record]:
    """The records, those of erased customers without an e-mail address and metadata."""
    rows = await connection.fetch(
        "select customer_id from erased_customers where customer_id = any ($1::text[])",
        list({record.customer_id for record in records.values() if record.customer_id is not None}),
    )
    erased = {row["customer_id"] for row in rows}
    return {
        key: replace(record, email=None, metadata=None) if record.customer_id in erased else record
        for key, record in records.items()
    }
