"""Events of ordering and paying about an order, as short as a test wants them. Two pieces, 20.00 in all, 19 % VAT."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from comanda.contexts.billing.contract.vat import TaxableLine, tax_of
from comanda.contexts.ordering.contract.events import (
    Buyer,
    OrderCanceled,
    OrderConfirmed,
    OrderCreated,
    OrderFailed,
    OrderLine,
    ReturnApproved,
)
from comanda.contexts.paying.contract.events import PaymentRefunded, PaymentVoided
from comanda.kernel.address import Address
from comanda.kernel.goods import Pieces
from comanda.kernel.ids import new_id

HOME = Address(
    recipient="Ada Lovelace", street="Hauptstraße", number="1", city="Berlin", postal_code="10115", country="DE"
)


def line(sku: str = "MUG", quantity: int = 2, unit_price: int = 1_000, rate_bp: int = 1_900) -> OrderLine:
    """A line, taxed by itself."""
    gross = quantity * unit_price
    ((net, tax),) = tax_of([TaxableLine(gross, rate_bp)], 0).lines
    return OrderLine(
        sku=sku,
        name=sku.title(),
        quantity=quantity,
        unit_price=unit_price,
        net=net,
        tax=tax,
        gross=gross,
        rate_bp=rate_bp,
        weight_g=300,
    )


def created(
    order_id: str,
    lines: Sequence[OrderLine] | None = None,
    *,
    shipping: int = 0,
    customer_id: str | None = None,
    address: Address = HOME,
) -> OrderCreated:
    """The order was placed."""
    confirmation = confirmed(order_id, lines, shipping=shipping, customer_id=customer_id, address=address)
    now = datetime.now(UTC)
    return OrderCreated(
        order_id=order_id,
        number=confirmation.number,
        reference=confirmation.reference,
        customer_id=customer_id,
        cart_id=None,
        currency=confirmation.currency,
        lines=confirmation.lines,
        subtotal=confirmation.total - shipping,
        shipping=shipping,
        tax=confirmation.tax,
        total=confirmation.total,
        country=confirmation.country,
        language="en",
        payment_method=confirmation.payment_method,
        token="tok_approved",
        shipping_method=confirmation.shipping_method,
        created_at=now,
        payment_deadline=now + timedelta(minutes=30),
        reserved_until=now + timedelta(hours=2),
        personal=confirmation.personal,
    )


def confirmed(
    order_id: str,
    lines: Sequence[OrderLine] | None = None,
    *,
    shipping: int = 0,
    customer_id: str | None = None,
    address: Address = HOME,
) -> OrderConfirmed:
    """The payment is certain."""
    sold = list(lines) if lines is not None else [line()]
    taxed = tax_of([TaxableLine(entry.gross, entry.rate_bp) for entry in sold], shipping)
    return OrderConfirmed(
        order_id=order_id,
        number=1_001,
        reference=order_id,
        customer_id=customer_id,
        currency="EUR",
        lines=sold,
        shipping=shipping,
        tax=taxed.tax,
        total=sum(entry.gross for entry in sold) + shipping,
        country=address.country,
        shipping_method="parcel:standard",
        payment_method="card",
        personal=Buyer(email="ada@example.com", shipping_address=address),
    )


def canceled(order_id: str) -> OrderCanceled:
    """The order is over."""
    return OrderCanceled(order_id=order_id, number=1_001, reason="changed my mind")


def failed(order_id: str) -> OrderFailed:
    """The order could not be fulfilled."""
    return OrderFailed(order_id=order_id, number=1_001, reason="deadline")


def refunded(
    order_id: str,
    amount: int,
    *,
    cause: str = "staff",
    refund_id: str | None = None,
    lines: Sequence[Pieces] = (),
) -> PaymentRefunded:
    """Money went back."""
    return PaymentRefunded(
        order_id=order_id,
        intent_id=new_id(),
        refund_id=refund_id or new_id(),
        cause=cause,
        amount=amount,
        remaining=0,
        currency="EUR",
        lines=list(lines),
    )


def voided(order_id: str, cause: str = "return") -> PaymentVoided:
    """A sum that was outstanding is wanted no more."""
    return PaymentVoided(order_id=order_id, intent_id=new_id(), cause=cause, amount=2_000, currency="EUR")


def return_approved(order_id: str, *, quantity: int = 1, value: int = 1_000) -> ReturnApproved:
    """Staff agreed to a return."""
    return ReturnApproved(
        order_id=order_id,
        return_id=new_id(),
        lines=[Pieces(sku="MUG", quantity=quantity)],
        value=value,
        currency="EUR",
    )
