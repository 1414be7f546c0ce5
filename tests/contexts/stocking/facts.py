"""Other services' events, as short as a test wants them."""

from datetime import UTC, datetime, timedelta

from comanda.contexts.ordering.contract.events import (
    OrderCanceled,
    OrderConfirmed,
    OrderCreated,
    OrderFailed,
    OrderLine,
)
from comanda.contexts.paying.contract.events import PaymentRefunded
from comanda.contexts.shipping.contract.events import ReturnReceived
from comanda.kernel.event import Event
from comanda.kernel.goods import Pieces
from comanda.messaging.recorded import Recorded

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def order_created(
    order_id: str, *lines: tuple[str, int], reserved_until: datetime = NOW + timedelta(days=30)
) -> OrderCreated:
    """An order of some pieces."""
    return OrderCreated(
        order_id=order_id,
        number=1,
        reference=order_id,
        customer_id=None,
        cart_id=None,
        currency="EUR",
        lines=_lines(lines),
        subtotal=0,
        shipping=0,
        tax=0,
        total=0,
        country="DE",
        language="en",
        payment_method="card",
        token="tok_approved",
        shipping_method="standard",
        created_at=NOW,
        payment_deadline=NOW + timedelta(minutes=30),
        reserved_until=reserved_until,
    )


def order_confirmed(order_id: str, *lines: tuple[str, int]) -> OrderConfirmed:
    """The payment is certain."""
    return OrderConfirmed(
        order_id=order_id,
        number=1,
        reference=order_id,
        customer_id=None,
        currency="EUR",
        lines=_lines(lines),
        shipping=0,
        tax=0,
        total=0,
        country="DE",
        shipping_method="standard",
        payment_method="card",
    )


def order_canceled(order_id: str) -> OrderCanceled:
    """The customer changed their mind."""
    return OrderCanceled(order_id=order_id, number=1, reason="changed my mind")


def order_failed(order_id: str) -> OrderFailed:
    """The order could not be fulfilled."""
    return OrderFailed(order_id=order_id, number=1, reason="deadline")


def refunded(order_id: str, *restock: tuple[str, int], refund_id: str = "refund") -> PaymentRefunded:
    """Money went back, and these pieces go on the shelf again."""
    return PaymentRefunded(
        order_id=order_id,
        intent_id="intent",
        refund_id=refund_id,
        cause="staff",
        amount=1,
        remaining=1,
        currency="EUR",
        restock=[Pieces(sku=sku, quantity=quantity) for sku, quantity in restock],
    )


def came_back(order_id: str, *restock: tuple[str, int], return_id: str = "return") -> ReturnReceived:
    """A parcel came back, and these pieces may be sold again."""
    pieces = [Pieces(sku=sku, quantity=quantity) for sku, quantity in restock]
    return ReturnReceived(
        order_id=order_id,
        shipment_id="parcel",
        return_id=return_id,
        lines=pieces,
        restock=pieces,
        value=0,
        currency="EUR",
    )


def recorded(event: Event, position: int = 1) -> Recorded:
    """The event as it stands in the log."""
    return Recorded(position, event.TYPE, event.subject, NOW, "", None, event)


def _lines(lines: tuple[tuple[str, int], ...]) -> list[OrderLine]:
    return [
        OrderLine(sku=sku, name=sku, quantity=quantity, unit_price=0, net=0, tax=0, gross=0) for sku, quantity in lines
    ]
