"""Other services' events → what paying does."""

from collections.abc import Iterator

from comanda.contexts.ordering.contract.events import OrderCanceled, OrderCreated, OrderFailed, StageSettled
from comanda.contexts.ordering.contract.stages import INVENTORY, PAYMENT, SHIPPING, is_foreign
from comanda.contexts.paying.payment import EXPECTED
from comanda.contexts.paying.payments import Payments
from comanda.contexts.profiling.contract.events import CustomerErased
from comanda.contexts.shipping.contract.events import ReturnReceived, ShipmentDelivered
from comanda.contexts.stocking.contract.events import StockReserved
from comanda.kernel.event import Event
from comanda.messaging.reactions import Reactions

reactions: Reactions[Payments] = Reactions()


@reactions.to(OrderCreated)
def create_intent(order: OrderCreated, payments: Payments) -> Iterator[Event]:
    """Know what is to be paid; take it if the stock is known to be reserved already."""
    if is_foreign(order, PAYMENT):
        return
    payment = payments.of(order.order_id)
    if payment.status != EXPECTED or payment.undone:
        return
    yield payment.intend(
        method=order.payment_method,
        token=order.token,
        amount=order.total,
        currency=order.currency,
        customer_id=order.customer_id,
        deadline=order.payment_deadline,
    )
    if payment.stock_known:
        yield from payment.take(payments.decide)


@reactions.to(StockReserved)
def take_payment(event: StockReserved, payments: Payments) -> Iterator[Event]:
    """The goods are set aside: take the money, once."""
    if not is_foreign(event, PAYMENT):
        yield from _take(event.order_id, payments)


@reactions.to(StageSettled)
def follow_foreign_stage(event: StageSettled, payments: Payments) -> Iterator[Event]:
    """A foreign service has set the goods aside, or handed the parcel over: the same as if Comanda's own had."""
    if is_foreign(event, PAYMENT):
        return
    if (event.stage, event.outcome) == (INVENTORY, "reserved"):
        yield from _take(event.order_id, payments)
    elif (event.stage, event.outcome) == (SHIPPING, "delivered"):
        yield from _collect(event.order_id, payments)


def _take(order_id: str, payments: Payments) -> Iterator[Event]:
    payment = payments.of(order_id)
    if payment.stock_known:
        return
    payment.stock_known = True
    yield from payment.take(payments.decide)
    if not payment.taken:
        payment.changed = True


@reactions.to(OrderCanceled, OrderFailed)
def undo_payment(event: OrderCanceled | OrderFailed, payments: Payments) -> Iterator[Event]:
    """The order is over: no money of it may stay."""
    if not is_foreign(event, PAYMENT):
        yield from payments.of(event.order_id).undo()


@reactions.to(ShipmentDelivered)
def collect_on_delivery(event: ShipmentDelivered, payments: Payments) -> Iterator[Event]:
    """The parcel was handed over: what was due on delivery has been paid."""
    yield from _collect(event.order_id, payments)


def _collect(order_id: str, payments: Payments) -> Iterator[Event]:
    payment = payments.of(order_id)
    if payment.outstanding:
        yield payment.collect()


@reactions.to(ReturnReceived)
def pay_for_what_came_back(event: ReturnReceived, payments: Payments) -> Iterator[Event]:
    """Goods came back: their value is refunded, or what was due on delivery is not wanted any more."""
    payment = payments.of(event.order_id)
    yield from payment.come_back(event.value, event.return_id or event.shipment_id, tuple(event.lines))


@reactions.to(CustomerErased)
def forget_cards(event: CustomerErased, payments: Payments) -> None:
    """What identifies the customer's cards is dropped; the payments stay, under an id that names nobody."""
    payments.erased.append(event.customer_id)
