"""What each event adds to the read model."""

from comanda.contexts.carting.contract.events import CartAbandoned
from comanda.contexts.ordering.contract.events import (
    OrderCanceled,
    OrderCompleted,
    OrderConfirmed,
    OrderCreated,
    OrderDelivered,
    OrderFailed,
    OrderRecordChanged,
    OrderRecordDeleted,
    OrderRecorded,
    OrderShipped,
    OrderShippingScheduled,
    StageSettled,
)
from comanda.contexts.paying.contract.events import PaymentRefunded, PaymentVoided
from comanda.contexts.reporting.books import Books
from comanda.contexts.reporting.facts import (
    COMPLETED,
    DELIVERED,
    PAID,
    RESERVED,
    SHIPPED,
    SHIPPING_SCHEDULED,
    sold_lines,
)
from comanda.contexts.stocking.contract.events import StockReserved
from comanda.messaging.reactions import Reactions

reactions: Reactions[Books] = Reactions()


@reactions.to(OrderCreated)
def count_order(order: OrderCreated, books: Books) -> None:
    """An order was placed."""
    facts = books.order(order.order_id)
    facts.created_at = order.created_at
    facts.currency = order.currency
    facts.total = order.total
    facts.lines = sold_lines(order.lines)


@reactions.to(StockReserved)
def count_reserved(event: StockReserved, books: Books) -> None:
    """Its goods are set aside."""
    books.order(event.order_id).reach(RESERVED)


@reactions.to(StageSettled)
def count_reserved_elsewhere(event: StageSettled, books: Books) -> None:
    """A foreign service has set its goods aside."""
    if event.outcome == "reserved":
        books.order(event.order_id).reach(RESERVED)


@reactions.to(OrderConfirmed)
def count_paid(event: OrderConfirmed, books: Books) -> None:
    """Its payment is certain: from here on it counts as a sale."""
    books.order(event.order_id).reach(PAID)


@reactions.to(OrderShippingScheduled)
def count_scheduled(event: OrderShippingScheduled, books: Books) -> None:
    """Its parcel is booked."""
    books.order(event.order_id).reach(SHIPPING_SCHEDULED)


@reactions.to(OrderCompleted)
def count_completed(event: OrderCompleted, books: Books) -> None:
    """All is set in motion."""
    books.order(event.order_id).reach(COMPLETED)


@reactions.to(OrderShipped)
def count_shipped(event: OrderShipped, books: Books) -> None:
    """The parcel has left."""
    books.order(event.order_id).reach(SHIPPED)


@reactions.to(OrderDelivered)
def count_delivered(event: OrderDelivered, books: Books) -> None:
    """The parcel has arrived."""
    books.order(event.order_id).reach(DELIVERED)


@reactions.to(OrderCanceled)
def count_canceled(event: OrderCanceled, books: Books) -> None:
    """The order is no sale any more."""
    books.order(event.order_id).ended = "canceled"


@reactions.to(OrderFailed)
def count_failed(event: OrderFailed, books: Books) -> None:
    """The order never became a sale, or is none any more."""
    books.order(event.order_id).ended = "failed"


@reactions.to(PaymentRefunded)
def count_refund(refund: PaymentRefunded, books: Books) -> None:
    """Money went back: it is taken off the order's sale, and named pieces off the products'."""
    books.order(refund.order_id).refunded += refund.amount
    for line in refund.lines:
        books.refund_pieces(refund.order_id, line.sku, line.quantity)


@reactions.to(PaymentVoided)
def count_voided(void: PaymentVoided, books: Books) -> None:
    """A sum that was due on delivery is not wanted any more: taken off the sale like a refund."""
    books.order(void.order_id).refunded += void.amount


@reactions.to(OrderRecorded)
def count_recorded(order: OrderRecorded, books: Books) -> None:
    """Another system's order was written down."""
    facts = books.order(order.order_id)
    facts.record(order.status)
    facts.created_at = order.created_at
    facts.currency = order.currency
    facts.total = order.total
    facts.lines = sold_lines(order.lines)


@reactions.to(OrderRecordChanged)
def count_changed_record(order: OrderRecordChanged, books: Books) -> None:
    """A recorded order has other values now."""
    facts = books.order(order.order_id)
    facts.record(order.status)
    facts.created_at = order.created_at
    facts.currency = order.currency
    facts.total = order.total
    facts.credited = order.credited
    if order.lines is not None:
        facts.lines = sold_lines(order.lines)


@reactions.to(OrderRecordDeleted)
def hide_record(order: OrderRecordDeleted, books: Books) -> None:
    """A recorded order is not shown any more."""
    facts = books.order(order.order_id)
    facts.recorded = True
    facts.hidden = True


@reactions.to(CartAbandoned)
def count_abandoned_cart(cart: CartAbandoned, books: Books) -> None:
    """A cart that never became an order."""
    books.abandoned[cart.cart_id] = books.cause.time
