"""Other services' events → what ordering does. The table of them is the wiring of the order process."""

from collections.abc import Iterator

from comanda.contexts.billing.contract.events import CreditNoteIssued, InvoiceDrafted, InvoiceIssued, InvoiceVoided
from comanda.contexts.notifying.contract.events import NotificationFailed, NotificationSent
from comanda.contexts.ordering.contract.events import OrderDelivered, OrderShipped
from comanda.contexts.ordering.contract.stages import INVENTORY, PAYMENT
from comanda.contexts.ordering.order import COMPLETED, FAILED, Order
from comanda.contexts.ordering.orders_in_batch import OrdersInBatch
from comanda.contexts.ordering.refund_store import GivenBack
from comanda.contexts.ordering.tasks import FOREIGN_STAGE, REFUND_FAILED, TELL_CUSTOMER, NewTask
from comanda.contexts.paying.contract.events import (
    PaymentCaptured,
    PaymentFailed,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentSucceeded,
    PaymentVoided,
)
from comanda.contexts.profiling.contract.events import CustomerErased, CustomerStatusChanged
from comanda.contexts.shipping.contract.events import (
    ReturnReceived,
    ShipmentCanceled,
    ShipmentCancelRefused,
    ShipmentDelivered,
    ShipmentDispatched,
    ShipmentFailed,
    ShipmentScheduled,
)
from comanda.contexts.stocking.contract.events import StockCommitted, StockInsufficient, StockReleased, StockReserved
from comanda.kernel.event import Event
from comanda.messaging.reactions import Reactions

reactions: Reactions[OrdersInBatch] = Reactions()


@reactions.to(StockReserved)
def stock_is_set_aside(event: StockReserved, orders: OrdersInBatch) -> Iterator[Event]:
    """Every line is set aside: the order is reserved."""
    if order := orders.order(event.order_id):
        if order.inventory == "pending":
            order.set("inventory", "reserved")
        yield from order.advance()


@reactions.to(StockInsufficient)
def stock_does_not_suffice(event: StockInsufficient, orders: OrdersInBatch) -> Iterator[Event]:
    """There is not enough: the order fails."""
    if order := orders.order(event.order_id):
        order.set("inventory", "insufficient")
        if not order.final:
            yield from order.move(FAILED, "StockInsufficient", "out of stock")


@reactions.to(StockCommitted)
def stock_has_left(event: StockCommitted, orders: OrdersInBatch) -> Iterator[Event]:
    """The goods are taken from the stock for good."""
    if order := orders.order(event.order_id):
        order.set("inventory", "committed")
        yield from order.advance()


@reactions.to(StockReleased)
def stock_is_free_again(event: StockReleased, orders: OrdersInBatch) -> None:
    """The goods are back."""
    if order := orders.order(event.order_id):
        order.set("inventory", "released")


@reactions.to(PaymentSucceeded)
def payment_is_certain(event: PaymentSucceeded, orders: OrdersInBatch) -> Iterator[Event]:
    """The money is here, or promised on delivery: as soon as the stock is reserved too, the order is paid."""
    if order := orders.order(event.order_id):
        order.payment_certain = True
        order.set("payment", "outstanding" if event.outstanding else "approved")
        yield from order.advance()


@reactions.to(PaymentCaptured)
def money_came_later(event: PaymentCaptured, orders: OrdersInBatch) -> None:
    """An outstanding sum was paid, or money arrived that had been given up."""
    if order := orders.order(event.order_id):
        order.set("payment", "approved")


@reactions.to(PaymentFailed)
def payment_failed(event: PaymentFailed, orders: OrdersInBatch) -> Iterator[Event]:
    """Nothing can be captured any more: the order fails."""
    if order := orders.order(event.order_id):
        order.set("payment", "declined")
        if not order.final:
            yield from order.move(FAILED, "PaymentFailed", f"payment {event.reason}")


@reactions.to(PaymentVoided)
def payment_is_void(event: PaymentVoided, orders: OrdersInBatch) -> None:
    """The sum is wanted no more."""
    if order := orders.order(event.order_id):
        order.set("payment", "voided")
        if event.cause == "return":
            orders.given_back.append(GivenBack(event.order_id, "void", event.amount))


@reactions.to(PaymentRefunded)
def money_went_back(event: PaymentRefunded, orders: OrdersInBatch) -> None:
    """A part or all of the money went back."""
    if order := orders.order(event.order_id):
        order.set("payment", "partially_refunded" if event.remaining else "refunded")
        orders.given_back.append(GivenBack(event.order_id, event.refund_id, event.amount))


@reactions.to(PaymentRefundFailed)
def refund_failed(event: PaymentRefundFailed, orders: OrdersInBatch) -> None:
    """Staff have to send the money back by other means."""
    if order := orders.order(event.order_id):
        order.entries[-1].note = f"A refund failed: {event.reason}"
        orders.tasks.append(NewTask(order.id, REFUND_FAILED, f"refund {event.refund_id}: {event.reason}"))


@reactions.to(InvoiceDrafted)
def invoice_is_drafted(event: InvoiceDrafted, orders: OrdersInBatch) -> None:
    """The invoice is prepared."""
    _set_invoice(orders.order(event.order_id), "draft")


@reactions.to(InvoiceIssued)
def invoice_is_issued(event: InvoiceIssued, orders: OrdersInBatch) -> None:
    """The invoice has its number."""
    if order := orders.order(event.order_id):
        order.set("invoice", "issued")
        order.set("invoice_number", event.number)


@reactions.to(InvoiceVoided)
def invoice_is_void(event: InvoiceVoided, orders: OrdersInBatch) -> None:
    """There will be no invoice."""
    _set_invoice(orders.order(event.order_id), "void")


@reactions.to(CreditNoteIssued)
def invoice_is_credited(event: CreditNoteIssued, orders: OrdersInBatch) -> None:
    """A part or all of the invoice is credited; the facet says so once all of it is."""
    _set_invoice(orders.order(event.order_id), "credited" if event.credited == event.invoice_total else "issued")


def _set_invoice(order: Order | None, value: str) -> None:
    if order:
        order.set("invoice", value)


@reactions.to(ShipmentScheduled)
def shipment_is_booked(event: ShipmentScheduled, orders: OrdersInBatch) -> Iterator[Event]:
    """The carrier will take the parcel."""
    if order := orders.order(event.order_id):
        order.set("fulfillment", "scheduled")
        order.set("tracking_number", event.tracking_number)
        yield from order.advance()


@reactions.to(ShipmentDispatched)
def parcel_has_left(event: ShipmentDispatched, orders: OrdersInBatch) -> Iterator[Event]:
    """The parcel is on its way."""
    if order := orders.order(event.order_id):
        order.set("fulfillment", "shipped")
        yield OrderShipped(order_id=order.id)
        yield from order.advance()
        _have_told(order, orders)


@reactions.to(ShipmentDelivered)
def parcel_has_arrived(event: ShipmentDelivered, orders: OrdersInBatch) -> Iterator[Event]:
    """The parcel is with the customer."""
    if order := orders.order(event.order_id):
        order.set("fulfillment", "delivered")
        order.set("delivered", True)
        yield OrderDelivered(order_id=order.id)
        yield from order.advance()


@reactions.to(ShipmentFailed, ShipmentCanceled)
def shipment_will_not_leave(event: ShipmentFailed | ShipmentCanceled, orders: OrdersInBatch) -> Iterator[Event]:
    """The carrier cannot, or someone canceled before the dispatch: the order ends."""
    if order := orders.order(event.order_id):
        yield from order.shipment_ended(type(event).__name__, event.reason)


@reactions.to(ShipmentCancelRefused)
def cancel_came_too_late(event: ShipmentCancelRefused, orders: OrdersInBatch) -> Iterator[Event]:
    """The parcel had left already."""
    if order := orders.order(event.order_id):
        yield from order.cancel_refused()
        _have_told(order, orders)


@reactions.to(ReturnReceived)
def goods_came_back(event: ReturnReceived, orders: OrdersInBatch) -> Iterator[Event]:
    """A return, or a parcel that was refused or lost, is settled."""
    if order := orders.order(event.order_id):
        order.set("fulfillment", "returned")
        if event.return_id:
            orders.returns_received.append(event.return_id)
        elif elsewhere := [stage for stage in (INVENTORY, PAYMENT) if stage in order.foreign_stages]:
            orders.tasks.append(
                NewTask(
                    order.id,
                    FOREIGN_STAGE,
                    f"The parcel came back: tell the foreign {' and '.join(elsewhere)} service.",
                )
            )
        yield from order.advance()


@reactions.to(NotificationSent)
def customer_was_told(event: NotificationSent, orders: OrdersInBatch) -> Iterator[Event]:
    """The confirmation went out, or there was nowhere to send it: the order may complete."""
    if event.milestone != "confirmed":
        return
    if order := orders.order(event.about):
        if order.confirmation == "failed":
            orders.told.append(order.id)
        if order.confirmation != "sent":
            order.set("confirmation", "skipped" if event.skipped else "sent")
        yield from order.advance()


@reactions.to(NotificationFailed)
def customer_could_not_be_told(event: NotificationFailed, orders: OrdersInBatch) -> Iterator[Event]:
    """Every channel failed for good: staff have to call; a setting may have the order fail instead."""
    if event.milestone != "confirmed":
        return
    if order := orders.order(event.about):
        if order.confirmation == "pending":
            order.set("confirmation", "failed")
        yield from order.advance()
        _have_told(order, orders)


def _have_told(order: Order, orders: OrdersInBatch) -> None:
    """An order that is complete though its confirmation failed: somebody has to call the customer."""
    if order.status == COMPLETED and order.confirmation == "failed":
        orders.tasks.append(NewTask(order.id, TELL_CUSTOMER, "No message got through to the customer."))


@reactions.to(CustomerErased)
def customer_is_to_be_forgotten(event: CustomerErased, orders: OrdersInBatch) -> None:
    """Who placed the customer's orders is forgotten piece by piece, in the background."""
    orders.erased.append(event.customer_id)


@reactions.to(CustomerStatusChanged)
def customer_has_a_status(event: CustomerStatusChanged, orders: OrdersInBatch) -> None:
    """What a customer is offered may depend on it."""
    orders.statuses[event.customer_id] = event.status
