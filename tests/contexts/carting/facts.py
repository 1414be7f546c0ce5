"""Events that carting reacts to, with all that does not matter filled in."""

from datetime import UTC, datetime

from comanda.contexts.ordering.contract.events import OrderCreated, OrderFailed, OrderLine

_AT = datetime(2026, 1, 1, tzinfo=UTC)


def created(order_id: str, cart_id: str | None, customer_id: str | None = None) -> OrderCreated:
    """An order made from a cart."""
    line = OrderLine(sku="mug", name="Mug", quantity=1, unit_price=1_250, net=1_250, tax=0, gross=1_250)
    return OrderCreated(
        order_id=order_id,
        number=1,
        reference=order_id,
        customer_id=customer_id,
        cart_id=cart_id,
        currency="EUR",
        lines=[line],
        subtotal=1_250,
        shipping=0,
        tax=0,
        total=1_250,
        country="PT",
        language="en",
        payment_method="card",
        token="tok_approved",
        shipping_method="standard",
        created_at=_AT,
        payment_deadline=_AT,
        reserved_until=_AT,
    )


def failed(order_id: str) -> OrderFailed:
    """An order that could not be fulfilled."""
    return OrderFailed(order_id=order_id, number=1, reason="insufficient stock")
