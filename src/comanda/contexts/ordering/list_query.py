"""The query of GET /orders, and how it becomes a page of orders."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from comanda.contexts.ordering.listing import LARGEST, Wanted
from comanda.platform.auth import Principal
from comanda.platform.http.fields import LARGEST_AMOUNT, Moment, Printable
from comanda.platform.http.pages import LARGEST_PAGE

StatusWord = Literal[
    "created",
    "reserved",
    "paid",
    "shipping_scheduled",
    "completed",
    "failed",
    "canceled",
    "shipped",
    "delivered",
    "paid_uncommitted",
    "paid_committed",
    "completed_unshipped",
    "completed_shipped",
    "completed_delivered",
]


Word = Annotated[str, StringConstraints(min_length=1, max_length=254), Printable]
MOST_SKIPPED = 1_000_000

Amount = Annotated[int, Field(ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT)]


class OrderQuery(BaseModel):
    """Which orders, in which order. Every filter narrows; several values of one filter widen it."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    status: list[StatusWord] = Field(
        default=[],
        description="Any of these. `shipped` and `delivered` go by the parcel; `paid_uncommitted`, `paid_committed`, "
        "`completed_unshipped`, `completed_shipped` and `completed_delivered` are parts of a status.",
    )
    kind: Literal["managed", "recorded"] | None = None
    payment: list[
        Literal["pending", "approved", "outstanding", "declined", "voided", "partially_refunded", "refunded"]
    ] = []
    inventory: list[Literal["pending", "reserved", "insufficient", "committed", "released"]] = []
    fulfillment: list[Literal["pending", "scheduled", "shipped", "delivered", "returned", "canceled"]] = []
    invoice: list[Literal["none", "draft", "issued", "credited", "void"]] = []
    customer_id: Word | None = Field(default=None, description="Staff: the orders of one customer.")
    guest: bool | None = Field(default=None, description="Orders of guests (true), or of customers (false).")
    email: Word | None = Field(default=None, description="The buyer's address, in capitals or not.")
    number: Annotated[int, Field(ge=0, le=LARGEST)] | None = None
    reference: Word | None = None
    currency: Word | None = None
    since: Moment | None = Field(default=None, alias="from", description="Placed at this time or later.")
    until: Moment | None = Field(default=None, alias="to", description="Placed before this time.")
    min_total: Amount | None = Field(default=None, description="In minor units, whatever the currency.")
    max_total: Amount | None = Field(default=None, description="In minor units, whatever the currency.")
    query: Word | None = Field(
        default=None, description="A number, or how a reference, a customer's id or an e-mail address begins."
    )
    sort: Literal["-created_at", "created_at", "-number", "number", "-total", "total"] = Field(
        default="-created_at", description="`-` is descending: the newest, the latest written, the largest first."
    )
    limit: int = Field(default=50, ge=1, le=LARGEST_PAGE, description="How many items a page holds at most.")
    cursor: Annotated[str, Field(max_length=500)] | None = Field(
        default=None, description="`next_cursor` of the page before; opaque, do not build your own."
    )
    skip: int = Field(
        default=0,
        ge=0,
        le=MOST_SKIPPED,
        description="How many to leave out first. Takes the longer the more they are; `cursor` does not.",
    )

    def wanted(self, principal: Principal) -> Wanted:
        """The page asked for, narrowed to what the caller may see."""
        return Wanted(
            owner=principal.owner,
            statuses=self.status,
            query=self.query,
            filters={
                "customer_id": self.customer_id,
                "guest": self.guest,
                "email": self.email,
                "managed": None if self.kind is None else self.kind == "managed",
                "number": self.number,
                "reference": self.reference,
                "payment": self.payment or None,
                "inventory": self.inventory or None,
                "fulfillment": self.fulfillment or None,
                "invoice": self.invoice or None,
                "currency": self.currency,
                "since": self.since,
                "until": self.until,
                "min_total": self.min_total,
                "max_total": self.max_total,
            },
            sort=self.sort,
            cursor=self.cursor,
            limit=self.limit,
            skip=self.skip,
        )
