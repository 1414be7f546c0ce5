"""The reports, asked of the live generation. Dates are those on which orders were placed."""

from typing import Literal

import asyncpg

from comanda.contexts.reporting.contract.views import (
    FunnelStageView,
    Interval,
    IntervalView,
    MoneyView,
    StatusCountView,
    TakingsView,
    TopProductView,
)
from comanda.contexts.reporting.facts import COMPLETED, DELIVERED, PAID, RESERVED, SHIPPED, STAGES
from comanda.contexts.reporting.period import Period
from comanda.kernel.money import divide_half_up
from comanda.messaging.log import Connection

_SALES = """
    select date_trunc($5, created_at at time zone $4)::date as start, currency,
        count(*) filter (where total >= 0) as orders,
        coalesce(sum(total) filter (where total >= 0), 0)::bigint as gross,
        (sum(refunded) + coalesce(sum(-total) filter (where total < 0), 0))::bigint as refunded
    from orders
    where generation = (select generation from live)
    and created_at >= $1
    and created_at < $2
    and reached >= 2
    and ended is null
    and not hidden
    and ($3::text is null or currency = $3)
    group by 1, 2
    order by 1, 2
"""

_TAKINGS = """
    select currency, count(*) filter (where total >= 0) as orders,
        coalesce(sum(total) filter (where total >= 0), 0)::bigint as gross,
        (sum(refunded) + coalesce(sum(-total) filter (where total < 0), 0))::bigint as refunded
    from orders
    where generation = (select generation from live)
    and created_at >= $1
    and created_at < $2
    and reached >= 2
    and ended is null
    and not hidden
    and ($3::text is null or currency = $3)
    group by 1
    order by 1
"""

_TOP_PRODUCTS = """
    with counted as materialized (
        select order_id, currency, lines
        from orders
        where generation = (select generation from live)
        and created_at >= $1
        and created_at < $2
        and reached >= 2
        and ended is null
        and not hidden
        and lines is not null
        and ($3::text is null or currency = $3)
    ),
    sold as (
        select line ->> 0 as sku, currency, max(line ->> 1) as name, sum((line ->> 2)::int)::bigint as quantity,
            sum((line ->> 3)::bigint)::bigint as revenue
        from counted, json_array_elements(lines) line
        group by 1, 2
    ),
    refunded as (
        select p.sku, c.currency, sum(p.quantity)::bigint as quantity,
            sum(round(p.quantity * bought.revenue / nullif(bought.quantity, 0)))::bigint as revenue
        from refunded_pieces p
        join counted c on c.order_id = p.order_id
        cross join lateral (
            select sum((line ->> 2)::int) as quantity, sum((line ->> 3)::bigint) as revenue
            from json_array_elements(c.lines) line
            where line ->> 0 = p.sku
        ) bought
        where p.generation = (select generation from live)
        group by 1, 2
    )
    select sold.sku, sold.currency, sold.name, sold.quantity - coalesce(refunded.quantity, 0) as quantity,
        sold.revenue - coalesce(refunded.revenue, 0) as revenue
    from sold
    left join refunded using (sku, currency)
    order by
        case $5 when 'revenue' then sold.revenue - coalesce(refunded.revenue, 0)
            else sold.quantity - coalesce(refunded.quantity, 0) end desc,
        sold.sku collate "C", sold.currency
    limit $4
"""

_BY_STATUS = """
    select coalesce(ended, case when reached < 4 then ($4::text[])[reached + 1] else 'completed' end) as status,
        currency, count(*) as orders, sum(total)::bigint as total
    from orders
    where generation = (select generation from live)
    and created_at >= $1
    and created_at < $2
    and not hidden
    and ($3::boolean is null or recorded = $3)
    group by 1, 2
    order by 1, 2
"""

_FUNNEL = """
    select count(*) as created, count(*) filter (where reached >= $3) as reserved,
        count(*) filter (where reached >= $4) as paid, count(*) filter (where reached >= $5) as completed,
        count(*) filter (where reached >= $6) as shipped, count(*) filter (where reached >= $7) as delivered,
        (
            select count(*)
            from abandoned_carts
            where generation = (select generation from live)
            and abandoned_at >= $1
            and abandoned_at < $2
        ) as abandoned
    from orders
    where generation = (select generation from live)
    and created_at >= $1
    and created_at < $2
    and not recorded
"""


async def sales(connection: Connection, period: Period, currency: str | None, interval: Interval) -> list[IntervalView]:
    """Sales by interval and currency; intervals without any are left out."""
    rows = await connection.fetch(_SALES, period.start, period.end, currency, period.timezone, interval)
    return [IntervalView(start=row["start"], **dict(_takings(row))) for row in rows]


async def takings(connection: Connection, period: Period, currency: str | None) -> list[TakingsView]:
    """Sales of the whole period, by currency."""
    return [_takings(row) for row in await connection.fetch(_TAKINGS, period.start, period.end, currency)]


async def top_products(
    connection: Connection,
    period: Period,
    currency: str | None,
    limit: int,
    sort: Literal["quantity", "revenue"],
) -> list[TopProductView]:
    """What sold best. A refund that names no pieces is not taken off any product."""
    rows = await connection.fetch(_TOP_PRODUCTS, period.start, period.end, currency, limit, sort)
    return [
        TopProductView(
            sku=row["sku"],
            name=row["name"],
            quantity=row["quantity"],
            revenue=MoneyView(amount=row["revenue"], currency=row["currency"]),
        )
        for row in rows
    ]


async def by_status(connection: Connection, period: Period, recorded: bool | None) -> list[StatusCountView]:
    """How many orders stand where, in the order of the process, the undone ones last."""
    found: dict[str, StatusCountView] = {}
    for row in await connection.fetch(_BY_STATUS, period.start, period.end, recorded, list(STAGES)):
        view = found.setdefault(row["status"], StatusCountView(status=row["status"], orders=0, total=[]))
        view.orders += row["orders"]
        view.total.append(MoneyView(amount=row["total"], currency=row["currency"]))
    order = (*STAGES, "canceled", "failed")
    return sorted(found.values(), key=lambda view: order.index(view.status))


async def funnel(connection: Connection, period: Period) -> list[FunnelStageView]:
    """How many came how far."""
    row = await connection.fetchrow(_FUNNEL, period.start, period.end, RESERVED, PAID, COMPLETED, SHIPPED, DELIVERED)
    assert row is not None
    carts = row["created"] + row["abandoned"]
    counts = {"carts": carts} | {
        stage: row[stage] for stage in ("created", "reserved", "paid", "completed", "shipped", "delivered")
    }
    return [
        FunnelStageView(stage=stage, count=count, share=round(count / carts, 4) if carts else None)
        for stage, count in counts.items()
    ]


def _takings(row: asyncpg.Record) -> TakingsView:
    orders, gross, refunded, currency = row["orders"], row["gross"], row["refunded"], row["currency"]
    average = MoneyView(amount=divide_half_up(gross, orders), currency=currency) if orders else None
    return TakingsView(
        currency=currency,
        orders=orders,
        gross=MoneyView(amount=gross, currency=currency),
        refunded=MoneyView(amount=refunded, currency=currency),
        net=MoneyView(amount=gross - refunded, currency=currency),
        average_order_value=average,
    )
