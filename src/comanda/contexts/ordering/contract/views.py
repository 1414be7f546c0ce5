"""What ordering answers."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from comanda.kernel.money import Money

Status = Literal["created", "reserved", "paid", "shipping_scheduled", "completed", "failed", "canceled"]
TaskKind = Literal["refund_failed", "tell_customer", "stuck", "mismatch", "foreign_stage"]
ReturnStatus = Literal["requested", "approved", "rejected", "received"]


class LineView(BaseModel):
    """A line of an order; `net`, `tax` and `gross` are the line's, `unit_price` a piece's, VAT included."""

    sku: str
    name: str
    quantity: int
    unit_price: Money
    net: Money
    tax: Money
    gross: Money


class TotalsView(BaseModel):
    """What an order costs; `tax` is contained in the others."""

    subtotal: Money
    shipping: Money
    tax: Money
    total: Money


class AddressView(BaseModel):
    """A postal address; of recorded orders often only the country is known."""

    recipient: str
    street: str
    city: str
    postal_code: str
    country: str
    number: str = ""
    line2: str = ""
    state: str = ""
    phone: str = ""
    company: str = ""
    vat_id: str = ""


class PaymentFacetView(BaseModel):
    """How the order is paid, and how far that is."""

    status: Literal["pending", "approved", "outstanding", "declined", "voided", "partially_refunded", "refunded"]
    method: Literal["card", "bank_transfer", "on_delivery"] | None


class InventoryFacetView(BaseModel):
    """What became of the goods in the stock."""

    status: Literal["pending", "reserved", "insufficient", "committed", "released"]


class FulfillmentFacetView(BaseModel):
    """How far the parcel is."""

    status: Literal["pending", "scheduled", "shipped", "delivered", "returned", "canceled"]
    tracking_number: str | None
    method: str | None


class InvoiceFacetView(BaseModel):
    """The invoice, by its number once it is issued."""

    status: Literal["none", "draft", "issued", "credited", "void"]
    number: str | None


class ConfirmationFacetView(BaseModel):
    """Whether the customer has been told."""

    status: Literal["pending", "sent", "skipped", "failed"]


class OrderView(BaseModel):
    """An order. `kind`: managed orders run the order process, recorded ones were run elsewhere and are only kept.

    `reference` is the order's id unless another was given. `reason` says why it failed or was (or is to be) canceled.
    `version` is the order's ETag. `access_token` comes once, with the answer to a guest's POST.
    """

    id: str
    number: int
    reference: str
    kind: Literal["managed", "recorded"]
    status: Status
    reason: str | None
    cancel_requested: bool
    customer_id: str | None
    email: str | None
    lines: list[LineView]
    totals: TotalsView
    shipping_address: AddressView | None
    billing_address: AddressView | None
    payment: PaymentFacetView
    inventory: InventoryFacetView
    fulfillment: FulfillmentFacetView
    invoice: InvoiceFacetView
    confirmation: ConfirmationFacetView
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    version: int
    access_token: str | None = None


class OrderPage(BaseModel):
    """A part of a list of orders."""

    items: list[OrderView]
    next_cursor: str | None = None


class MilestoneView(BaseModel):
    """When an order reached a status, or its parcel was shipped, delivered or returned."""

    status: str
    at: datetime


class OrderStatusView(BaseModel):
    """How far an order is, without what was ordered."""

    order_id: str
    number: int
    kind: Literal["managed", "recorded"]
    status: Status
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
    milestones: list[MilestoneView]


class TimelineEntryView(BaseModel):
    """Something that happened to an order: which facts it changed (new values), why, by whom, in which trace.

    `cause` is the event or the act. `actor` is null for the process itself. `note` is for staff only.
    """

    order_id: str
    entry: int
    at: datetime
    cause: str
    changes: dict[str, Any]
    actor: str | None
    trace: str | None
    note: str | None


class TimelinePage(BaseModel):
    """A part of an order's timeline, oldest first."""

    items: list[TimelineEntryView]
    next_cursor: str | None = None


class PiecesView(BaseModel):
    """Pieces of one product."""

    sku: str
    quantity: int


class ReturnView(BaseModel):
    """Pieces that a customer wants to give back, or has. `value` is what they cost, VAT included."""

    id: str
    order_id: str
    order_number: int
    customer_id: str | None
    status: ReturnStatus
    lines: list[PiecesView]
    reason: str
    value: Money
    requested_by: str | None
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    note: str | None


class ReturnPage(BaseModel):
    """A part of a list of returns, newest first."""

    items: list[ReturnView]
    next_cursor: str | None = None


class TaskView(BaseModel):
    """Something for staff to do about an order."""

    id: str
    order_id: str
    order_number: int
    kind: TaskKind
    detail: str
    created_at: datetime
    done_at: datetime | None
    done_by: str | None


class TaskPage(BaseModel):
    """A part of a list of tasks, newest first."""

    items: list[TaskView]
    next_cursor: str | None = None


class StatisticsView(BaseModel):
    """All orders in figures. Sums are lists, one amount a currency.

    `total_sales` counts orders from `paid` on, net of refunds and credits; `refunded` is what was taken off.
    """

    orders: int
    by_status: dict[str, int]
    amounts_by_status: dict[str, list[Money]]
    total_sales: list[Money]
    refunded: list[Money]


class CurrencyView(BaseModel):
    """A currency (ISO 4217)."""

    currency: str


class OfferView(BaseModel):
    """A way to send the order. `id` is what POST /orders takes as `shipping_method`."""

    id: str
    carrier: str
    name: str
    price: Money
    days: int


class TaxByRateView(BaseModel):
    """The VAT contained in what is taxed at one rate (in basis points), shipping included."""

    rate_bp: int
    net: Money
    tax: Money
    gross: Money


class ProblemView(BaseModel):
    """Why the order could not be placed like this. `code` is stable; `skus` names the products it is about."""

    code: str
    detail: str
    skus: list[str] = []


class QuoteView(BaseModel):
    """What an order would cost now. `valid`: POST /orders would take it; else `problems` says why not.

    Without a destination, or with nothing that can be bought, there are no totals.
    """

    valid: bool
    problems: list[ProblemView]
    lines: list[LineView]
    totals: TotalsView | None
    tax: list[TaxByRateView]
    shipping_method: str | None
    shipping_offers: list[OfferView] = Field(description="The cheapest first.")


class LinkView(BaseModel):
    """The token that a link to a guest's order carries, as `?token=`; good until `expires`, in seconds since 1970."""

    order_id: str
    expires: int
    token: str


class LinksView(BaseModel):
    """Tokens for links, of guests' orders only."""

    links: list[LinkView]


class RejectedView(BaseModel):
    """An order or credit of an import that was not taken, and why."""

    reference: str
    reason: str


class ImportCountsView(BaseModel):
    """What an import did with what it was given."""

    created: int
    unchanged: int
    changed: int


class OrderImportView(BaseModel):
    """What became of an import; counts and rejections add up to what was sent."""

    orders: ImportCountsView
    credits: ImportCountsView
    rejected: list[RejectedView]


class MismatchView(BaseModel):
    """A disagreement between ordering and another service about an order, and what was done about it.

    `healed_by` names the event that was published again; null: it is a task for staff.
    """

    order_id: str
    number: int
    service: Literal["paying", "stocking", "billing", "shipping"]
    problem: str
    healed_by: str | None


class ComparisonView(BaseModel):
    """A piece of the comparison between ordering and the other services. `next_cursor` is null after the last order."""

    compared: int
    mismatches: list[MismatchView]
    next_cursor: str | None
