"""Canceling an order: at once before the payment is certain, after it as soon as shipping agrees."""

from dataclasses import dataclass

from comanda.contexts.ordering import store
from comanda.contexts.ordering.locking import Target, lock_order
from comanda.contexts.ordering.order import BEFORE_PAID, Order
from comanda.kernel.errors import Conflict
from comanda.messaging.unit_of_work import UnitOfWork

NO_REASON = "canceled"


class AlreadyPaid(Conflict):
    """The caller wanted to cancel an unpaid order only, and the payment is certain by now."""

    code = "order-already-paid"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """The intent to cancel. `unpaid_only`: not once the payment is certain, even if shipping could be asked."""

    target: Target
    reason: str = NO_REASON
    unpaid_only: bool = False


async def cancel_order(command: CancelOrder, work: UnitOfWork) -> Order:
    """The order, canceled, or with the cancel requested. Canceling twice changes nothing.

    Raises NoSuchOrder, NotManaged, OrderChanged; OrderAlreadyShipped when the parcel has left: that is a return;
    OrderIsOver when it has failed; AlreadyPaid.
    """
    order = await lock_order(work, command.target)
    if command.unpaid_only and not order.final and (order.payment_certain or order.status not in BEFORE_PAID):
        raise AlreadyPaid("The payment is certain by now.", order_status=order.status)
    order.trace = work.trace
    order.note("cancel", work.actor, work.trace)
    work.publish(*order.cancel(command.reason))
    await store.save(work.connection, [order], work.now)
    return order
