"""Customers with the status VIP pay no shipping from some value of goods on, if a setting says so.

What staff said of a customer comes by event. It is asked for only while the setting is on, once for a group of orders
or quotes, and only for those of customers: guests cost nothing.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from comanda.kernel.money import Money
from comanda.messaging.log import Connection
from comanda.messaging.service import Service
from comanda.messaging.settings import Setting

VIP = "vip"
FREE_SHIPPING_FROM = "vip.free_shipping_from"

_ENTRY = re.compile(r"([A-Z]{3})=(\d{1,15})")


def _sums(entries: list[str]) -> None:
    for entry in entries:
        if not _ENTRY.fullmatch(entry):
            raise ValueError(f"{entry} is not a currency and a sum in its minor units, such as EUR=5000")


VIP_SETTINGS = (
    Setting(
        FREE_SHIPPING_FROM,
        list[str],
        [],
        "From which value of goods on customers with the status vip pay no shipping: a sum a currency, in minor units,"
        " such as EUR=5000. None: never.",
        check=_sums,
    ),
)


def ships_free(settings: Mapping[str, Any], goods: Money) -> bool:
    """Whether goods of this value are sent to a VIP for nothing."""
    least = _least_of(tuple(settings[FREE_SHIPPING_FROM])).get(goods.currency)
    return least is not None and goods.amount >= least


@lru_cache(maxsize=8)
def _least_of(entries: tuple[str, ...]) -> dict[str, int]:
    return {currency: int(amount) for currency, _, amount in (entry.partition("=") for entry in entries)}


async def vips_among(service: Service, customer_ids: Iterable[str | None]) -> frozenset[str]:
    """Which of these customers are VIPs. Nobody, and no statement, while the setting is off or all are guests."""
    if not service.settings[FREE_SHIPPING_FROM]:
        return frozenset()
    wanted = sorted({customer_id for customer_id in customer_ids if customer_id is not None})
    if not wanted:
        return frozenset()
    async with service.database.acquire() as connection:
        rows = await connection.fetch(
            "select customer_id from customer_statuses where customer_id = any ($1::text[]) and status = $2",
            wanted,
            VIP,
        )
    return frozenset(row["customer_id"] for row in rows)


async def remember_statuses(connection: Connection, statuses: Mapping[str, str]) -> None:
    """Keep the statuses that staff gave customers, but for those who have been erased."""
    if statuses:
        await connection.execute(
            """
            insert into customer_statuses (customer_id, status)
            select customer_id, status
            from unnest($1::text[], $2::text[]) as given (customer_id, status)
            where not exists (select from erased_customers erased where erased.customer_id = given.customer_id)
            on conflict (customer_id) do update set status = excluded.status
            """,
            list(statuses),
            list(statuses.values()),
        )
