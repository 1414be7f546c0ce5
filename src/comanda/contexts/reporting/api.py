"""Reporting over HTTP."""

from datetime import date
from typing import Annotated, Any, Literal

import asyncpg
from fastapi import APIRouter, Query

from comanda.contexts.reporting import queries, rebuild_job
from comanda.contexts.reporting.contract.views import (
    FunnelView,
    Interval,
    OrdersByStatusView,
    RebuildView,
    SalesView,
    TopProductsView,
)
from comanda.contexts.reporting.period import InvalidPeriod, Period
from comanda.contexts.reporting.settings import TIMEZONE
from comanda.kernel.errors import Invalid
from comanda.messaging.service import Call, CallDep
from comanda.platform.http.fields import Day
from comanda.platform.http.pages import Limit
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute)

From = Annotated[Day | None, Query(alias="from", description="The first day; by default 29 days before the last.")]
To = Annotated[Day | None, Query(alias="to", description="The last day, included; by default today.")]
Timezone = Annotated[str | None, Query(max_length=64, description="On whose clocks days begin; by default the shop's.")]
Currency = Annotated[str | None, Query(pattern="^[A-Z]{3}$", description="Only orders in this currency.")]


@router.get("/reports/sales", tags=["reports"])
async def get_sales(
    call: CallDep,
    first: From = None,
    last: To = None,
    timezone: Timezone = None,
    currency: Currency = None,
    interval: Interval = "day",
) -> SalesView:
    """Sales by day, week or month: orders from `paid` on, recorded ones too, undone ones not; net of refunds."""
    period = _period(call, first, last, timezone)
    try:
        async with call.service.database.acquire() as connection:
            return SalesView(
                **_days(period),
                interval=interval,
                items=await queries.sales(connection, period, currency, interval),
                totals=await queries.takings(connection, period, currency),
                previous=await queries.takings(connection, period.before(), currency),
            )
    except asyncpg.InvalidParameterValueError as error:
        raise InvalidPeriod(f"{period.timezone} is not a time zone that PostgreSQL knows.") from error


@router.get("/reports/top-products", tags=["reports"])
async def get_top_products(
    call: CallDep,
    first: From = None,
    last: To = None,
    timezone: Timezone = None,
    currency: Currency = None,
    sort: Literal["quantity", "revenue"] = "quantity",
    limit: Limit = 10,
) -> TopProductsView:
    """What sold best, less refunded pieces, a row for each product and currency. By revenue: in one currency."""
    if sort == "revenue" and currency is None:
        raise Invalid("Revenue can be compared in one currency only: name it.")
    period = _period(call, first, last, timezone)
    async with call.service.database.acquire() as connection:
        items = await queries.top_products(connection, period, currency, limit, sort)
    return TopProductsView(**_days(period), sort=sort, items=items)


@router.get("/reports/orders-by-status", tags=["reports"])
async def get_orders_by_status(
    call: CallDep,
    first: From = None,
    last: To = None,
    timezone: Timezone = None,
    kind: Literal["managed", "recorded"] | None = None,
) -> OrdersByStatusView:
    """Orders placed in the period, by their present state."""
    period = _period(call, first, last, timezone)
    recorded = None if kind is None else kind == "recorded"
    async with call.service.database.acquire() as connection:
        return OrdersByStatusView(**_days(period), items=await queries.by_status(connection, period, recorded))


@router.get("/reports/funnel", tags=["reports"])
async def get_funnel(call: CallDep, first: From = None, last: To = None, timezone: Timezone = None) -> FunnelView:
    """From the cart to the delivered parcel: how many came how far. Managed orders only."""
    period = _period(call, first, last, timezone)
    async with call.service.database.acquire() as connection:
        return FunnelView(**_days(period), stages=await queries.funnel(connection, period))


@router.post("/reports/rebuild", status_code=202, tags=["rebuild"])
async def start_rebuild(call: CallDep) -> RebuildView:
    """Rebuild the reports from the log, in the background; the present ones are shown until it is done."""
    async with call.begin() as work:
        view = await rebuild_job.ask(work)
    rebuild_job.wake(call.service)
    return view


@router.get("/reports/rebuild", tags=["rebuild"])
async def get_rebuild(call: CallDep) -> RebuildView:
    """How far the latest rebuild is, or how it ended."""
    async with call.service.database.acquire() as connection:
        return await rebuild_job.latest(connection)


def _period(call: Call, first: date | None, last: date | None, timezone: str | None) -> Period:
    return Period.of(first, last, timezone or call.service.settings[TIMEZONE], call.service.clock())


def _days(period: Period) -> dict[str, Any]:
    return {"first": period.first, "last": period.last, "timezone": period.timezone}
