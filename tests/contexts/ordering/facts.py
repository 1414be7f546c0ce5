"""Other services' events, as short as a test wants them."""

from datetime import UTC, datetime, timedelta

from comanda.contexts.billing.contract.events import CreditNoteIssued, InvoiceDrafted, InvoiceIssued, InvoiceVoided
from comanda.contexts.notifying.contract.events import NotificationFailed, NotificationSent
from comanda.contexts.ordering.contract.events import OrderConfirmed
from comanda.contexts.paying.contract.events import (
    PaymentCaptured,
    PaymentFailed,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentSucceeded,
    PaymentVoided,
)
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
from comanda.messaging.recorded import Recorded

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
TRACE = "0af7651916cd43dd8448eb211c80319c"
TOTAL = 2_000


def recorded(event: Event, position: int = 1, actor: str | None = None) -> Recorded:
    """An event as its consumer reads it."""
    return Recorded(position, event.TYPE, event.subject, NOW, TRACE, actor, event)


def order_confirmed(order_id: str) -> OrderConfirmed:
    """What an order says when it becomes paid."""
    return OrderConfirmed(
        order_id=order_id,
        number=1,
        reference=order_id,
        customer_id=None,
        currency="EUR",
        lines=[],
        shipping=0,
        tax=0,
        total=TOTAL,
        country="PT",
        shipping_method="parcel:standard",
        payment_method="card",
    )


def stock_reserved(order_id: str) -> Event:
    """The goods are set aside."""
    return StockReserved(order_id=order_id, expires_at=NOW + timedelta(hours=1))


def stock_insufficient(order_id: str) -> Event:
    """There is not enough."""
    return StockInsufficient(order_id=order_id, missing=[])


def stock_committed(order_id: str) -> Event:
    """The goods have left the stock."""
    return StockCommitted(order_id=order_id)


def stock_released(order_id: str) -> Event:
    """The goods are back."""
    return StockReleased(order_id=order_id)


def payment_succeeded(order_id: str, *, outstanding: int = 0) -> Event:
    """The money is here, or due on delivery."""
    return PaymentSucceeded(
        order_id=order_id,
        intent_id=order_id,
        amount=0 if outstanding else TOTAL,
        outstanding=outstanding,
        currency="EUR",
    )


def payment_captured(order_id: str) -> Event:
    """Money came later."""
    return PaymentCaptured(order_id=order_id, intent_id=order_id, amount=TOTAL, currency="EUR")


def payment_failed(order_id: str, reason: str = "declined") -> Event:
    """Nothing can be captured any more."""
    return PaymentFailed(order_id=order_id, intent_id=order_id, reason=reason)


def payment_voided(order_id: str, cause: str = "undone") -> Event:
    """The sum is wanted no more."""
    return PaymentVoided(order_id=order_id, intent_id=order_id, cause=cause, amount=TOTAL, currency="EUR")


def payment_refunded(order_id: str, amount: int = TOTAL, *, refund_id: str = "r1", remaining: int = 0) -> Event:
    """Money went back."""
    return PaymentRefunded(
        order_id=order_id,
        intent_id=order_id,
        refund_id=refund_id,
        cause="staff",
        amount=amount,
        remaining=remaining,
        currency="EUR",
    )


def refund_failed(order_id: str, refund_id: str = "r1") -> Event:
    """The provider refused."""
    return PaymentRefundFailed(
        order_id=order_id,
        intent_id=order_id,
        refund_id=refund_id,
        cause="undone",
        amount=TOTAL,
        currency="EUR",
        reason="the card is closed",
    )


def invoice_drafted(order_id: str) -> Event:
    """The invoice is prepared."""
    return InvoiceDrafted(order_id=order_id, invoice_id=order_id)


def invoice_issued(order_id: str) -> Event:
    """The invoice has its number."""
    return InvoiceIssued(
        order_id=order_id, invoice_id=order_id, number="INV-2026-000001", total=TOTAL, tax=0, currency="EUR"
    )


def invoice_voided(order_id: str) -> Event:
    """There will be no invoice."""
    return InvoiceVoided(order_id=order_id, invoice_id=order_id)


def credit_note_issued(order_id: str, credited: int = TOTAL) -> Event:
    """The invoice is credited."""
    return CreditNoteIssued(
        order_id=order_id,
        credit_note_id="c1",
        number="CRN-2026-000001",
        invoice_number="INV-2026-000001",
        amount=credited,
        tax=0,
        credited=credited,
        invoice_total=TOTAL,
        currency="EUR",
    )


def shipment_scheduled(order_id: str) -> Event:
    """The carrier will take the parcel."""
    return ShipmentScheduled(order_id=order_id, shipment_id=order_id, carrier="parcel", tracking_number="CM1")


def shipment_failed(order_id: str) -> Event:
    """The carrier cannot take it."""
    return ShipmentFailed(order_id=order_id, shipment_id=order_id, reason="the carrier cannot")


def shipment_canceled(order_id: str) -> Event:
    """It will not leave."""
    return ShipmentCanceled(order_id=order_id, shipment_id=order_id, reason="canceled by staff")


def shipment_cancel_refused(order_id: str) -> Event:
    """It has left already."""
    return ShipmentCancelRefused(order_id=order_id, shipment_id=order_id)


def shipment_dispatched(order_id: str) -> Event:
    """It has left."""
    return ShipmentDispatched(order_id=order_id, shipment_id=order_id, carrier="parcel", tracking_number="CM1")


def shipment_delivered(order_id: str) -> Event:
    """It has arrived."""
    return ShipmentDelivered(order_id=order_id, shipment_id=order_id)


def return_received(order_id: str, return_id: str = "") -> Event:
    """Goods came back."""
    return ReturnReceived(
        order_id=order_id,
        shipment_id=order_id,
        return_id=return_id,
        lines=[],
        restock=[],
        value=TOTAL,
        currency="EUR",
    )


def confirmation_sent(order_id: str, *, skipped: bool = False) -> Event:
    """The customer has been told, or there was nowhere to tell them."""
    return NotificationSent(
        about=order_id, notification_id="n1", milestone="confirmed", channel="email", skipped=skipped
    )


def confirmation_failed(order_id: str) -> Event:
    """No channel got through."""
    return NotificationFailed(about=order_id, notification_id="n1", milestone="confirmed", reason="no such mailbox")


def way_forward(order_id: str) -> list[Event]:
    """What the other services say of an order that goes well, in the usual order."""
    return [
        invoice_drafted(order_id),
        stock_reserved(order_id),
        payment_succeeded(order_id),
        stock_committed(order_id),
        invoice_issued(order_id),
        shipment_scheduled(order_id),
        confirmation_sent(order_id),
    ]
