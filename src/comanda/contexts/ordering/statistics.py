"""All orders in figures: how many there are in each status, what they are worth, what was sold."""

from collections.abc import Iterable

import asyncpg

from comanda.contexts.ordering.contract.views import StatisticsView
from comanda.kernel.money import Money, totals_by_currency
from comanda.messaging.log import Connection

SOLD = frozenset({"paid", "shipping_scheduled", "completed"})
"""Sales count orders from `paid` on."""

_BY_STATUS = """
    select status, currency, count(*) as orders, sum(total)::bigint as amount
    from progress
    where not hidden
    group by status, currency
    order by status, currency
"""

_GIVEN_BACK = """
    select p.currency, sum(back.amount)::bigint as amount
    from (
        select order_id, amount
        from refunds
        union all
        select order_id, total
        from credits
    ) back
    join progress p on p.order_id = back.order_id
    where p.status = any ($1::text[])
    and not p.hidden
    group by p.currency
"""


async def statistics(connection: Connection) -> StatisticsView:
    """The figures of this moment. Hidden records do not count; what was refunded or credited is no sale."""
    rows = await connection.fetch(_BY_STATUS)
    refunded = _sums(await connection.fetch(_GIVEN_BACK, list(SOLD)))
    sold = _sums(row for row in rows if row["status"] in SOLD)
    statuses = dict.fromkeys(row["status"] for row in rows)
    return StatisticsView(
        orders=sum(row["orders"] for row in rows),
        by_status={word: sum(row["orders"] for row in rows if row["status"] == word) for word in statuses},
        amounts_by_status={word: _sums(row for row in rows if row["status"] == word) for word in statuses},
        total_sales=totals_by_currency([*sold, *(money * -1 for money in refunded)]),
        refunded=refunded,
    )


def _sums(rows: Iterable[asyncpg.Record]) -> list[Money]:
    return totals_by_currency(Money(row["amount"], row["currency"]) for row in rows)
