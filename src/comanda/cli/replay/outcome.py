"""What became of the placed orders: each ends as completed, failed or canceled, and the account must balance."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from comanda.cli.installation import Service
from comanda.cli.replay.journal import Journal

OPEN_STATES = ("created", "reserved", "paid", "shipping_scheduled")
PAGE = 100
POLL_S = 0.5


class Facet(msgspec.Struct, frozen=True):
    """One side of an order."""

    status: str = ""


class Ended(msgspec.Struct):
    """What of an order is needed here."""

    id: str
    status: str
    created_at: datetime
    completed_at: datetime | None = None
    reason: str | None = None
    payment: Facet = Facet()
    inventory: Facet = Facet()

    @property
    def cause(self) -> str:
        """Why it failed, as far as the order says so."""
        if self.reason:
            return self.reason
        if self.inventory.status == "insufficient":
            return "out of stock"
        return f"payment {self.payment.status}" if self.payment.status == "declined" else "no reason given"


@dataclass(slots=True)
class Account:
    """The account of a replay. `missing`: answered 201 and not in the shop; `open`: not ended in time."""

    placed: int = 0
    completed: int = 0
    canceled: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    open: int = 0
    missing: int = 0
    twice: int = 0
    seconds: float = 0.0
    delays_s: list[float] = field(default_factory=list)

    @property
    def balanced(self) -> bool:
        """Whether placed = completed + failed + canceled, none missing and none twice."""
        ended = self.completed + self.failed.total() + self.canceled
        return self.placed == ended and not (self.open or self.missing or self.twice)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so much of all does not exceed; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


async def settle(journal: Journal, ordering: Service, *, patience_s: float) -> Account:
    """Wait until every order of the journal has ended, then read them all and make the account.

    Raises CallRefused and Unreachable.
    """
    until = time.monotonic() + patience_s
    mine = set(journal.orders)
    while time.monotonic() < until:
        if not await any_open(mine, ordering):
            break
        await asyncio.sleep(POLL_S)
    return await account(journal, ordering)


async def any_open(mine: set[str], ordering: Service) -> bool:
    """Whether one of these orders is still under way; asks for the states in the order in which they are passed."""
    for state in OPEN_STATES:
        async for page in ordering.pages(f"/orders?status={state}&limit={PAGE}"):
            if any(order["id"] in mine for order in page):
                return True
    return False


async def account(journal: Journal, ordering: Service) -> Account:
    """Read every order of the run from the shop, newest first, and count how it ended."""
    made = Account(placed=len(journal.orders))
    found: dict[str, Ended] = {}
    invoices = Counter(journal.orders.values())
    made.twice = sum(n - 1 for n in invoices.values())
    oldest = min(journal.orders, default="")
    async for page in ordering.pages(f"/orders?limit={PAGE}"):
        orders = msgspec.convert(page, list[Ended])
        found.update((order.id, order) for order in orders if order.id in journal.orders)
        if len(found) == made.placed or (orders and orders[-1].id < oldest):
            break
    made.missing = made.placed - len(found)
    for order in found.values():
        count(order, made)
    completed = [order.completed_at for order in found.values() if order.completed_at]
    if completed:
        made.seconds = (max(completed) - min(order.created_at for order in found.values())).total_seconds()
    return made


def count(order: Ended, made: Account) -> None:
    """Enter an order into the account."""
    if order.status == "completed":
        made.completed += 1
    elif order.status == "failed":
        made.failed[order.cause] += 1
    elif order.status == "canceled":
        made.canceled += 1
    else:
        made.open += 1
    if order.completed_at is not None:
        made.delays_s.append((order.completed_at - order.created_at).total_seconds())
