"""What became of a parcel that a foreign carrier has: said by staff, or by the foreign service itself."""

from comanda.contexts.ordering import store
from comanda.contexts.ordering.contract.stages import SHIPPING
from comanda.contexts.ordering.foreign.stage import parcel_has_arrived, parcel_has_left
from comanda.contexts.ordering.locking import Target, lock_order
from comanda.contexts.ordering.order import Order
from comanda.kernel.errors import Conflict
from comanda.messaging.unit_of_work import UnitOfWork

SHIPPED, DELIVERED = "shipped", "delivered"


class NoParcel(Conflict):
    """The order has no parcel that could leave, or arrive."""

    code = "no-such-shipment"


async def report_parcel(target: Target, word: str, work: UnitOfWork) -> Order | None:
    """The parcel was shipped or delivered (which takes both where needed). None: its shipping is not in foreign hands.

    Raises NoSuchOrder, NotManaged, OrderChanged, and NoParcel when nothing is scheduled or it is further already.
    """
    order = await lock_order(work, target)
    if SHIPPING not in order.foreign_stages:
        return None
    if order.fulfillment not in ("scheduled", "shipped") or (order.fulfillment == SHIPPED and word == SHIPPED):
        raise NoParcel(f"The shipment is {order.fulfillment}.", shipment=order.fulfillment)
    order.trace = work.trace
    order.note("parcel", work.actor, work.trace)
    work.publish(*parcel_has_left(order))
    if word == DELIVERED:
        work.publish(*parcel_has_arrived(order))
    await store.save(work.connection, [order], work.now)
    return order
