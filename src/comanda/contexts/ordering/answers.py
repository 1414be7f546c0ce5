"""How orders are answered over HTTP, written straight from rows and events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from comanda.contexts.ordering.contract.events import Buyer, OrderCreated, OrderLine
from comanda.contexts.ordering.placement import Totals
from comanda.kernel.address import Address
from comanda.kernel.money import Money


class AnsweredLine(msgspec.Struct, frozen=True):
    """A line of an order; the amounts are the line's, `unit_price` a piece's."""

    sku: str
    name: str
    quantity: int
    unit_price: Money
    net: Money
    tax: Money
    gross: Money


class AnsweredTotals(msgspec.Struct, frozen=True):
    """What the order costs; `tax` is contained in the others."""

    subtotal: Money
    shipping: Money
    tax: Money
    total: Money


class AnsweredPayment(msgspec.Struct, frozen=True):
    """How it is paid, and how far that is."""

    status: str
    method: str | None


class AnsweredStatus(msgspec.Struct, frozen=True):
    """A facet that has a status only."""

    status: str


class AnsweredFulfillment(msgspec.Struct, frozen=True):
    """How far the parcel is."""

    status: str
    tracking_number: str | None
    method: str | None


class AnsweredInvoice(msgspec.Struct, frozen=True):
    """The invoice, by its number once it is issued."""

    status: str
    number: str | None


class AnsweredOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as every route answers it."""

    id: str
    number: int
    reference: str
    kind: str
    status: str
    reason: str | None
    cancel_requested: bool
    customer_id: str | None
    email: str | None
    lines: list[AnsweredLine]
    totals: AnsweredTotals
    shipping_address: Address | None
    billing_address: Address | None
    payment: AnsweredPayment
    inventory: AnsweredStatus
    fulfillment: AnsweredFulfillment
    invoice: AnsweredInvoice
    confirmation: AnsweredStatus
    metadata: msgspec.Raw
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    version: int
    access_token: str | msgspec.UnsetType = msgspec.UNSET


class AnsweredProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far an order is, without what was ordered."""

    order_id: str
    number: int
    kind: str
    status: str
    reason: str | None
    cancel_requested: bool
    payment: str
    inventory: str
    fulfillment: str
    tracking_number: str | None
    invoice: str
    invoice_number: str | None
    confirmation: str
    updated_at: datetime
    version: int
    milestones: Sequence[msgspec.Struct]


class AnsweredPage(msgspec.Struct, frozen=True):
    """A part of a list."""

    items: Sequence[msgspec.Struct]
    next_cursor: str | None


_NOWHERE = Address(recipient="", street="", city="", postal_code="", country="")
NO_METADATA = msgspec.Raw(b"{}")

encode = msgspec.json.Encoder().encode


def line_of(line: OrderLine, currency: str) -> AnsweredLine:
    """A line with its amounts as money."""
    return AnsweredLine(
        line.sku,
        line.name,
        line.quantity,
        Money(line.unit_price, currency),
        Money(line.net, currency),
        Money(line.tax, currency),
        Money(line.gross, currency),
    )


def created(order: OrderCreated, access_token: str | None, metadata: str | None = None) -> bytes:
    """A managed order as it was answered when it was placed."""
    buyer = order.personal or Buyer(email="", shipping_address=_NOWHERE)
    currency = order.currency
    answer = AnsweredOrder(
        id=order.order_id,
        number=order.number,
        reference=order.reference,
        kind="managed",
        status="created",
        reason=None,
        cancel_requested=False,
        customer_id=order.customer_id,
        email=buyer.email or None,
        lines=[line_of(line, currency) for line in order.lines],
        totals=AnsweredTotals(
            Money(order.subtotal, currency),
            Money(order.shipping, currency),
            Money(order.tax, currency),
            Money(order.total, currency),
        ),
        shipping_address=buyer.shipping_address,
        billing_address=buyer.billing_address or buyer.shipping_address,
        payment=AnsweredPayment("pending", order.payment_method),
        inventory=AnsweredStatus("pending"),
        fulfillment=AnsweredFulfillment("pending", None, order.shipping_method),
        invoice=AnsweredInvoice("none", None),
        confirmation=AnsweredStatus("pending"),
        metadata=msgspec.Raw(metadata.encode()) if metadata else NO_METADATA,
        created_at=order.created_at,
        updated_at=order.created_at,
        completed_at=None,
        version=1,
        access_token=access_token if access_token is not None else msgspec.UNSET,
    )
    return encode(answer)


def progress_of(row: asyncpg.Record, milestones: Sequence[msgspec.Struct]) -> AnsweredProgress:
    """How far an order is, from its row of progress."""
    return AnsweredProgress(
        order_id=row["id"],
        number=row["number"],
        kind=row["kind"],
        status=row["status"],
        reason=row["reason"],
        cancel_requested=row["cancel_requested"],
        payment=row["payment"],
        inventory=row["inventory"],
        fulfillment=row["fulfillment"],
        tracking_number=row["tracking_number"],
        invoice=row["invoice"],
        invoice_number=row["invoice_number"],
        confirmation=row["confirmation"],
        updated_at=row["updated_at"],
        version=row["version"],
        milestones=milestones,
    )


def quote(totals: Totals) -> dict[str, Any]:
    """What a basket costs now."""
    currency = totals.currency
    return {
        "lines": [msgspec.to_builtins(line_of(line, currency)) for line in totals.lines],
        "totals": {
            "subtotal": {"amount": totals.subtotal, "currency": currency},
            "shipping": {"amount": totals.shipping, "currency": currency},
            "tax": {"amount": totals.tax, "currency": currency},
            "total": {"amount": totals.total, "currency": currency},
        },
        "shipping_method": totals.shipping_method,
    }
