"""Events as the other services publish them."""

from datetime import UTC, datetime, timedelta

from comanda.contexts.ordering.contract.events import Buyer, OrderCanceled, OrderCreated, OrderFailed, OrderLine
from comanda.contexts.paying.contract.events import PaymentRefunded
from comanda.contexts.shipping.contract.events import ShipmentDelivered, ShipmentDispatched, ShipmentScheduled
from comanda.kernel.address import Address
from comanda.kernel.ids import new_id

EMAIL = "ada@example.org"
NUMBER = "+33612345678"


def order_created(
    order_id: str | None = None,
    *,
    email: str = EMAIL,
    sms: str = "",
    language: str = "en",
    customer_id: str | None = None,
    number: int = 1234,
    recipient: str = "Ada Lovelace",
) -> OrderCreated:
    """An order was placed: two lamps for 49.00 EUR, shipping 4.90."""
    now = datetime(2024, 5, 17, 9, 30, tzinfo=UTC)
    line = OrderLine(
        sku="LAMP", name="Reading <lamp>", quantity=2, unit_price=2_450, net=4_118, tax=782, gross=4_900, rate_bp=1900
    )
    return OrderCreated(
        order_id=order_id or new_id(),
        number=number,
        reference=f"R-{number}",
        customer_id=customer_id,
        cart_id=None,
        currency="EUR",
        lines=[line],
        subtotal=4_900,
        shipping=490,
        tax=860,
        total=5_390,
        country="FR",
        language=language,
        payment_method="card",
        token="tok_approved",
        shipping_method="standard",
        created_at=now,
        payment_deadline=now + timedelta(minutes=30),
        reserved_until=now + timedelta(hours=2),
        personal=Buyer(
            email=email,
            sms=sms,
            shipping_address=Address(recipient=recipient, street="x", city="y", postal_code="1", country="FR"),
        ),
    )


def scheduled(order_id: str) -> ShipmentScheduled:
    """The parcel is booked."""
    return ShipmentScheduled(order_id=order_id, shipment_id=order_id, carrier="Post", tracking_number="CP1")


def dispatched(order_id: str) -> ShipmentDispatched:
    """The parcel has left."""
    return ShipmentDispatched(order_id=order_id, shipment_id=order_id, carrier="Post", tracking_number="CP1")


def delivered(order_id: str) -> ShipmentDelivered:
    """The parcel has arrived."""
    return ShipmentDelivered(order_id=order_id, shipment_id=order_id)


def canceled(order_id: str) -> OrderCanceled:
    """The order is over."""
    return OrderCanceled(order_id=order_id, number=1234, reason="changed my mind")


def failed(order_id: str, reason: str = "payment declined") -> OrderFailed:
    """The order could not be fulfilled."""
    return OrderFailed(order_id=order_id, number=1234, reason=reason)


def refunded(order_id: str, refund_id: str = "r1", amount: int = 2_450) -> PaymentRefunded:
    """Money went back."""
    return PaymentRefunded(
        order_id=order_id,
        intent_id="i",
        refund_id=refund_id,
        cause="staff",
        amount=amount,
        remaining=5_390 - amount,
        currency="EUR",
    )
