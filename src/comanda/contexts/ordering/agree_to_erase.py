"""Agree that a customer is forgotten: no order of theirs is under way, and none can be placed any more.

An order and an erasure that are asked for at the same moment meet here. The tombstone is committed first: an order
whose statement begins after that sees it and is refused. The statements that began before are waited for, without
making anybody wait for us; then the orders are looked at once more. So either the order is there and the tombstone goes
again, or the order was refused.
"""

import asyncio
import time

from comanda.contexts.ordering import erasing
from comanda.kernel.errors import Conflict, Unavailable
from comanda.messaging.log import Connection
from comanda.messaging.service import Service

PATIENCE_S = 5.0
POLL_S = 0.005

_UNDER_WAY = """
    select o.number
    from orders o
    join progress p on p.order_id = o.id
    where o.customer_id = $1
    and p.managed
    and (
        p.status not in ('completed', 'failed', 'canceled')
        or p.status = 'completed' and p.fulfillment in ('pending', 'scheduled', 'shipped')
        or exists (select from returns r where r.order_id = o.id and r.status in ('requested', 'approved'))
    )
    order by o.number
    limit 10
"""

# A statement holds its locks on tables before it takes its snapshot, and until its transaction ends: whoever holds
# none of these now has either ended or will see the tombstone. A backup, which only reads, holds neither.
_WRITING = """
    select virtualtransaction
    from pg_locks
    where locktype = 'relation'
    and database = (select oid from pg_database where datname = current_database())
    and relation in ('orders'::regclass, 'erased_customers'::regclass)
    and mode in ('RowShareLock', 'RowExclusiveLock')
    and granted
    and pid <> pg_backend_pid()
"""

_LOCK = "select pg_advisory_xact_lock(hashtextextended('comanda erasing ' || $1, 0))"


class OrdersUnderWay(Conflict):
    """Somebody whose order is under way cannot be forgotten yet."""

    code = "orders-under-way"


async def agree_to_erase(customer_id: str, service: Service) -> None:
    """Leave the tombstone, and keep it if nothing is under way. Asked again, it agrees again.

    Under way is an order that has not ended, a parcel that has not arrived, a return that is not settled. Raises
    OrdersUnderWay, or Unavailable when the orders being placed just now take too long.
    """
    one_at_a_time: asyncio.Lock = service.state.setdefault("erasing", asyncio.Lock())
    async with one_at_a_time, service.begin() as held:
        await held.connection.execute(_LOCK, customer_id)
        async with service.database.acquire() as connection:
            await _refuse_if_under_way(connection, customer_id)
            fresh = await erasing.leave_tombstone(connection, customer_id)
            try:
                await _wait_for_writers(connection)
                await _refuse_if_under_way(connection, customer_id)
            except BaseException:
                if fresh:
                    await erasing.take_tombstone_away(connection, customer_id)
                raise


async def _refuse_if_under_way(connection: Connection, customer_id: str) -> None:
    numbers = [row["number"] for row in await connection.fetch(_UNDER_WAY, customer_id)]
    if numbers:
        raise OrdersUnderWay("An order of this customer is under way.", orders=numbers)


async def _wait_for_writers(connection: Connection) -> None:
    """Wait until every transaction has ended that is writing orders now."""
    until = time.monotonic() + PATIENCE_S
    writing = await _writers(connection)
    while writing:
        if time.monotonic() > until:
            raise Unavailable("Orders are being written. Try again in a moment.")
        await asyncio.sleep(POLL_S)
        writing &= await _writers(connection)


async def _writers(connection: Connection) -> set[str]:
    return {row["virtualtransaction"] for row in await connection.fetch(_WRITING)}
