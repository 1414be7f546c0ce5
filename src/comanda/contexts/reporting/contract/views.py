"""What reporting answers. Money is in minor units; sums over several currencies are lists, one entry a currency."""

import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Interval = Literal["day", "week", "month"]


class MoneyView(BaseModel):
    """An amount in minor units."""

    amount: int
    currency: str


class PeriodView(BaseModel):
    """The days a report is about, first and last included, on the clocks of `timezone`."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    first: datetime.date = Field(alias="from")
    last: datetime.date = Field(alias="to")
    timezone: str


class TakingsView(BaseModel):
    """Sales in one currency: orders from `paid` on that were not undone. net = gross - refunded.

    `average_order_value` is gross by orders, rounded half up; null without orders.
    """

    currency: str
    orders: int
    gross: MoneyView
    refunded: MoneyView
    net: MoneyView
    average_order_value: MoneyView | None


class IntervalView(TakingsView):
    """Sales in one currency within one day, week (from Monday) or month, by the day the orders were placed."""

    start: datetime.date


class SalesView(PeriodView):
    """Sales of a period, over time and in total, and the totals of as many days before it to compare with."""

    interval: Interval
    items: list[IntervalView]
    totals: list[TakingsView]
    previous: list[TakingsView]


class TopProductView(BaseModel):
    """What sold of one product in one currency, less the pieces that were refunded."""

    sku: str
    name: str
    quantity: int
    revenue: MoneyView


class TopProductsView(PeriodView):
    """The products that sold best."""

    sort: Literal["quantity", "revenue"]
    items: list[TopProductView]


class StatusCountView(BaseModel):
    """How many orders stand in one state, and what they come to."""

    status: str
    orders: int
    total: list[MoneyView]


class OrdersByStatusView(PeriodView):
    """Orders placed in the period, by their present state."""

    items: list[StatusCountView]


class FunnelStageView(BaseModel):
    """How many came this far; `share` of those at the first stage, between 0 and 1 (null: there were none)."""

    stage: str
    count: int
    share: float | None


class FunnelView(PeriodView):
    """From the cart to the delivered parcel: how many of those begun in the period came how far, undone ones included.

    A cart counts once it was checked out or abandoned.
    """

    stages: list[FunnelStageView]


class RebuildView(BaseModel):
    """A rebuild of the reports from the log. `progress` is between 0 and 1.

    `differences`: how many orders the rebuilt reports show otherwise than those they replaced; 0 is how it should be.
    """

    id: str
    status: Literal["running", "done", "failed"]
    progress: float
    events: int
    differences: int | None
    error: str
    requested_by: str | None
    started_at: datetime.datetime
    finished_at: datetime.datetime | None
