"""What must be true of an order at rest in the books of the other services. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from comanda.contexts.billing.contract.views import InvoiceView
from comanda.contexts.ordering.contract.stages import INVENTORY, PAYMENT, SHIPPING
from comanda.contexts.ordering.order import FINAL, Order
from comanda.contexts.paying.contract.views import PaymentIntentView
from comanda.contexts.shipping.contract.views import ShipmentView
from comanda.contexts.stocking.contract.views import ReservationView

ServiceName = Literal["paying", "stocking", "billing", "shipping"]

UNDO, CONFIRM = "undo", "confirm"
"""How a disagreement may heal: by publishing again that the order is over, or that it is confirmed."""

KEPT_BY: dict[str, ServiceName] = {INVENTORY: "stocking", PAYMENT: "paying", SHIPPING: "shipping"}
"""Which of Comanda's services keeps a stage that no foreign one does."""

FULFILLMENT = {
    "scheduled": "scheduled",
    "dispatched": "shipped",
    "delivered": "delivered",
    "returned": "returned",
    "canceled": "canceled",
    "failed": "canceled",
}
"""Shipping's word for an outbound shipment → the order's facet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the other services say about one order. `refund_under_way`: what is held is on its way back, or listed."""

    payment: PaymentIntentView | None
    refund_under_way: bool
    reservation: ReservationView | None
    invoice: InvoiceView | None
    shipment: ShipmentView | None
    came_back: bool


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What a service says that does not fit the order. `heals_by` None: only people can tell what is right."""

    service: ServiceName
    problem: str
    heals_by: str | None = None


def disagreements(order: Order, books: Books) -> Iterator[Disagreement]:
    """Everything that does not fit an order that is final or complete and at rest.

    A service that has no part in the order, because a foreign one keeps its stage, has nothing to say about it.
    """
    elsewhere = {KEPT_BY[stage] for stage in order.foreign_stages if stage in KEPT_BY}
    for found in _all(order, books):
        if found.service not in elsewhere:
            yield found


def _all(order: Order, books: Books) -> Iterator[Disagreement]:
    if order.status in FINAL:
        yield from _not_undone(order.status, books)
    else:
        yield from _not_done(books)
        yield from _other_words(order, books)


def _not_undone(status: str, books: Books) -> Iterator[Disagreement]:
    """An order that is over holds neither money, goods, an invoice nor a parcel."""
    payment, reservation, invoice, shipment = books.payment, books.reservation, books.invoice, books.shipment
    if payment is not None and payment.status in ("created", "outstanding"):
        yield Disagreement("paying", f"The order is {status}, its payment still {payment.status}.", UNDO)
    elif payment is not None and payment.captured.amount > payment.refunded.amount and not books.refund_under_way:
        held = payment.captured.amount - payment.refunded.amount
        yield Disagreement("paying", f"The order is {status} and {held} of its money is still held.", UNDO)
    if reservation is not None and reservation.state in ("reserved", "committed"):
        yield Disagreement("stocking", f"The order is {status}, its stock still {reservation.state}.", UNDO)
    if invoice is not None and invoice.status in ("draft", "issued"):
        yield Disagreement("billing", f"The order is {status}, its invoice still {invoice.status}.", UNDO)
    if shipment is not None and shipment.status == "scheduled":
        yield Disagreement("shipping", f"The order is {status}, its shipment still scheduled.", UNDO)
    elif shipment is not None and shipment.status in ("dispatched", "delivered"):
        yield Disagreement("shipping", f"The order is {status}, its parcel was {shipment.status}.")


def _not_done(books: Books) -> Iterator[Disagreement]:
    """A completed order is paid or outstanding, its stock committed, its invoice issued, its parcel booked."""
    payment, reservation, invoice, shipment = books.payment, books.reservation, books.invoice, books.shipment
    if (
        payment is None
        or payment.status in ("created", "failed")
        or (payment.status == "voided" and not books.came_back)
    ):
        yield Disagreement("paying", f"The order is completed, its payment {_word(payment)}.")
    if reservation is None or reservation.state != "committed":
        state = reservation.state if reservation else "unknown"
        heals_by = CONFIRM if state == "reserved" else None
        yield Disagreement("stocking", f"The order is completed, its stock {state}.", heals_by)
    if invoice is None or invoice.status not in ("issued", "credited"):
        heals_by = CONFIRM if invoice is not None and invoice.status == "draft" else None
        yield Disagreement("billing", f"The order is completed, its invoice {_word(invoice)}.", heals_by)
    if shipment is None or shipment.status in ("canceled", "failed"):
        heals_by = CONFIRM if shipment is None else None
        yield Disagreement("shipping", f"The order is completed, its shipment {_word(shipment)}.", heals_by)


def _other_words(order: Order, books: Books) -> Iterator[Disagreement]:
    """The order's facets are what the services say."""
    payment, invoice, shipment = books.payment, books.invoice, books.shipment
    if payment is not None and order.payment != payment_facet(payment):
        yield Disagreement("paying", f"The order says {order.payment}, paying {payment_facet(payment)}.")
    if invoice is not None and order.invoice != invoice.status:
        yield Disagreement("billing", f"The order says {order.invoice}, billing {invoice.status}.")
    if shipment is not None and order.fulfillment != "returned":
        facet = FULFILLMENT.get(shipment.status, "pending")
        if order.fulfillment != facet:
            yield Disagreement("shipping", f"The order says {order.fulfillment}, shipping {facet}.")


def payment_facet(payment: PaymentIntentView) -> str:
    """The order's facet for what paying says."""
    if payment.status == "captured":
        if payment.refunded.amount == 0:
            return "approved"
        return "refunded" if payment.refunded.amount == payment.captured.amount else "partially_refunded"
    return {"created": "pending", "failed": "declined"}.get(payment.status, payment.status)


def _word(thing: PaymentIntentView | InvoiceView | ShipmentView | None) -> str:
    return "unknown" if thing is None else thing.status
