"""The orders of the last 90 days that are recorded, from a fixed seed: some at rest in every state there is."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from comanda.cli.demo.goods import SHELVES, Good
from comanda.cli.demo.people import PEOPLE, Person

DAYS = 90
RECENT_DAYS = 6

_UNDER_WAY = ("created", "reserved", "paid", "shipping_scheduled", "completed", "shipped")
"""What an order that is a few days old may rest in, the last two more often; the youngest ones are one of each."""

_UNDER_WAY_WEIGHTS = (2, 2, 3, 3, 6, 6)
_ENDED = ("delivered", "canceled", "failed")
_ENDED_WEIGHTS = (82, 11, 7)

_BY_CURRENCY: dict[str, list[Good]] = {}
for _shelf in SHELVES:
    _BY_CURRENCY.setdefault(_shelf.currency, []).extend(_shelf.goods)

_HOME_CURRENCY = {"GB": "GBP", "US": "USD", "CA": "USD"}


def recorded_orders(count: int, seed: int, now: datetime, customers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The members of POST /orders/import, oldest first. `customers`: the ids of those with an account, by e-mail.

    The same seed on the same day makes the same orders.
    """
    random = Random(seed)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    ages_s = sorted((random.uniform(0.02, 1) ** 1.3 * DAYS * 86_400 for _ in range(count)), reverse=True)
    for position, age_s in enumerate(ages_s, start=1):
        left = count - position
        status = _UNDER_WAY[left] if left < len(_UNDER_WAY) else _status(age_s, random)
        yield _order(f"DEMO-{position:04}", today - timedelta(seconds=int(age_s)), status, customers, random)


def _order(reference: str, at: datetime, status: str, customers: Mapping[str, str], random: Random) -> dict[str, Any]:
    person = random.choice(PEOPLE)
    currency = _HOME_CURRENCY.get(person.country, "EUR")
    return {
        "reference": reference,
        "customer_id": _account_of(person, customers, random),
        "email": person.email,
        "created_at": at.isoformat(),
        "status": status,
        "currency": currency,
        "lines": _lines(currency, random),
        "shipping": random.choice((0, 490, 690)),
        "country": person.country,
    }


def _account_of(person: Person, customers: Mapping[str, str], random: Random) -> str | None:
    """One order in five is a guest's."""
    return None if random.random() < 0.2 else customers.get(person.email)


def _status(age_s: float, random: Random) -> str:
    if age_s < RECENT_DAYS * 86_400:
        return random.choices(_UNDER_WAY, _UNDER_WAY_WEIGHTS)[0]
    return random.choices(_ENDED, _ENDED_WEIGHTS)[0]


def _lines(currency: str, random: Random) -> list[dict[str, Any]]:
    chosen = random.sample(_BY_CURRENCY[currency], random.choice((1, 1, 2, 2, 3, 4)))
    return [
        {"sku": good.sku, "name": good.name, "quantity": random.choice((1, 1, 1, 2, 2, 4)), "unit_price": good.price}
        for good in chosen
    ]
