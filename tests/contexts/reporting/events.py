"""Events as the other services publish them, with little to say."""

from datetime import UTC, datetime, timedelta

from comanda.contexts.ordering.contract.events import OrderConfirmed, OrderCreated, OrderLine
from comanda.contexts.paying.contract.events import PaymentRefunded
from comanda.kernel.goods import Pieces
from comanda.kernel.ids import new_id


def line(sku: str = "MUG", quantity: int = 1, gross: int = 1_000) -> OrderLine:
    """A sold product."""
    return OrderLine(
        sku=sku,
        name=sku.title(),
        quantity=quantity,
        unit_price=gross // quantity,
        net=gross,
        tax=0,
        gross=gross,
    )


def order_created(
    order_id: str | None = None,
    *,
    at: datetime | None = None,
    currency: str = "EUR",
    lines: list[OrderLine] | None = None,
    total: int | None = None,
) -> OrderCreated:
    """An order was placed, by default now."""
    now = at or datetime.now(UTC)
    lines = lines or [line()]
    goods = sum(entry.gross for entry in lines)
    return OrderCreated(
        order_id=order_id or new_id(),
        number=1,
        reference="R-1",
        customer_id=None,
        cart_id=None,
        currency=currency,
        lines=lines,
        subtotal=goods,
        shipping=0,
        tax=0,
        total=goods if total is None else total,
        country="DE",
        language="en",
        payment_method="card",
        token="tok_approved",
        shipping_method="standard",
        created_at=now,
        payment_deadline=now + timedelta(minutes=30),
        reserved_until=now + timedelta(hours=2),
    )


def confirmed(order: OrderCreated) -> OrderConfirmed:
    """Its payment is certain."""
    return OrderConfirmed(
        order_id=order.order_id,
        number=order.number,
        reference=order.reference,
        customer_id=None,
        currency=order.currency,
        lines=order.lines,
        shipping=0,
        tax=0,
        total=order.total,
        country="DE",
        shipping_method="standard",
        payment_method="card",
    )


def refunded(order: OrderCreated, amount: int, *lines: Pieces) -> PaymentRefunded:
    """Money went back."""
    return PaymentRefunded(
        order_id=order.order_id,
        intent_id=new_id(),
        refund_id=new_id(),
        cause="staff",
        amount=amount,
        remaining=order.total - amount,
        currency=order.currency,
        lines=list(lines),
    )
