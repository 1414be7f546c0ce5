"""Other services' events, as short as a test wants them."""

from datetime import UTC, datetime, timedelta

from comanda.contexts.ordering.contract.events import OrderCanceled, OrderCreated, OrderFailed
from comanda.contexts.shipping.contract.events import ReturnReceived, ShipmentDelivered
from comanda.contexts.stocking.contract.events import StockReserved
from comanda.kernel.goods import Pieces

TOTAL = 2_000


def order_created(
    order_id: str,
    *,
    method: str = "card",
    token: str = "tok_approved",
    total: int = TOTAL,
    customer_id: str | None = None,
    deadline: datetime | None = None,
) -> OrderCreated:
    """An order over `total`, payable within half an hour."""
    now = datetime.now(UTC)
    return OrderCreated(
        order_id=order_id,
        number=1,
        reference=order_id,
        customer_id=customer_id,
        cart_id=None,
        currency="EUR",
        lines=[],
        subtotal=total,
        shipping=0,
        tax=0,
        total=total,
        country="DE",
        language="en",
        payment_method=method,
        token=token,
        shipping_method="standard",
        created_at=now,
        payment_deadline=deadline or now + timedelta(minutes=30),
        reserved_until=now + timedelta(hours=2),
    )


def stock_reserved(order_id: str) -> StockReserved:
    """The goods are set aside."""
    return StockReserved(order_id=order_id, expires_at=datetime.now(UTC) + timedelta(hours=2))


def order_canceled(order_id: str) -> OrderCanceled:
    """The customer changed their mind."""
    return OrderCanceled(order_id=order_id, number=1, reason="changed my mind")


def order_failed(order_id: str) -> OrderFailed:
    """The order could not be fulfilled."""
    return OrderFailed(order_id=order_id, number=1, reason="deadline")


def delivered(order_id: str) -> ShipmentDelivered:
    """The parcel was handed over."""
    return ShipmentDelivered(order_id=order_id, shipment_id="parcel")


def came_back(order_id: str, value: int, return_id: str = "return") -> ReturnReceived:
    """Goods of some value came back."""
    return ReturnReceived(
        order_id=order_id,
        shipment_id="parcel",
        return_id=return_id,
        lines=[Pieces(sku="SKU", quantity=1)],
        restock=[],
        value=value,
        currency="EUR",
    )
