"""Making an order of what was asked: prices, shipping, VAT, totals. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec import UNSET

from comanda.contexts.ordering.contract.events import Buyer, OrderCreated, OrderLine
from comanda.kernel.errors import Conflict, Invalid
from comanda.kernel.goods import Pieces


class CartUnavailable(Conflict):
    """The cart is closed, empty or unknown, or has a live order."""

    code = "cart-unavailable"


class ProductUnavailable(Conflict):
    """A product cannot be bought now."""

    code = "product-unavailable"


class TotalChanged(Conflict):
    """The total is not what the buyer has seen; the answer carries the new quote."""

    code = "total-changed"


class ReferenceTaken(Conflict):
    """Another order has this reference."""

    code = "reference-taken"


class NoSuchShippingMethod(Invalid):
    """The shipping method does not serve the address."""

    code = "no-such-shipping-method"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """The intent to order: what, for whom, where to, how to pay.

    `id` and `key` are given on arrival, if the request has none, and kept through all tries: after a COMMIT whose
    answer was lost, trying again must not order twice. `scope` is whose key it is.
    """

    id: str
    scope: str
    key: str
    fingerprint: bytes
    cart_id: str | None
    lines: tuple[Pieces, ...]
    customer_id: str | None
    buyer: Buyer
    country: str
    postal_code: str
    shipping_method: str | None
    payment_method: str
    token: str
    reference: str | None
    metadata: str | None
    expected_total: int | None
    language: str
    actor: str
    trace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """How long an order may wait, in seconds: for its payment, for itself, and its reserved goods."""

    payment_s: int
    order_s: int
    reservation_s: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What an order costs, in minor units. `tax` is contained in the others."""

    currency: str
    lines: list[OrderLine]
    subtotal: int
    shipping: int
    tax: int
    shipping_method: str

    @property
    def total(self) -> int:
        """What is to be paid."""
        return self.subtotal + self.shipping


@dataclass(frozen=True, slots=True)
class Placement:
    """An order about to be written: its event, and what its rows need besides."""

    created: OrderCreated
    buyer: Buyer
    deadline: datetime
    command: PlaceOrder


def place(
    command: PlaceOrder,
    totals: Totals,
    number: int,
    deadlines: Deadlines,
    now: datetime,
    foreign_stages: Sequence[str] = (),
) -> Placement:
    """The order that the command makes at these prices, with the stages that foreign services keep."""
    created = OrderCreated(
        order_id=command.id,
        number=number,
        reference=command.reference or command.id,
        customer_id=command.customer_id,
        cart_id=command.cart_id,
        currency=totals.currency,
        lines=totals.lines,
        subtotal=totals.subtotal,
        shipping=totals.shipping,
        tax=totals.tax,
        total=totals.total,
        country=command.country,
        language=command.language,
        payment_method=command.payment_method,
        token=command.token,
        shipping_method=totals.shipping_method,
        created_at=now,
        payment_deadline=now + timedelta(seconds=deadlines.payment_s),
        reserved_until=now + timedelta(seconds=deadlines.reservation_s),
        personal=command.buyer,
        foreign_stages=list(foreign_stages) if foreign_stages else UNSET,
    )
    return Placement(
        created=created,
        buyer=command.buyer,
        deadline=now + timedelta(seconds=deadlines.order_s),
        command=command,
    )
