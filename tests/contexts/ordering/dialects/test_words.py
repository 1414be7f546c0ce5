"""Every state of an order through the tables of words of all dialects, and every word that may be written back."""

from collections.abc import AsyncIterator
from dataclasses import replace
from importlib import import_module
from itertools import product
from typing import get_args

import pytest

from comanda.contexts.ordering.card import card
from comanda.contexts.ordering.contract.client import OrderingClient
from comanda.contexts.ordering.contract.shades import Shade, shade
from comanda.contexts.ordering.contract.views import Status
from comanda.contexts.ordering.dialects.words import UnknownWord, Words
from comanda.contexts.ordering.dialects.writing import write_status
from comanda.contexts.ordering.watching import watch_orders
from comanda.contexts.profiling.card import card as profiling
from comanda.kernel.errors import Conflict
from comanda.platform.outbound import InProcess
from comanda.runtime.dialects import DIALECTS
from tests.contexts.ordering.desk import Desk
from tests.support.database import Database
from tests.support.services import STAFF, running

TABLES: dict[str, Words] = {
    dialect.name: import_module(f"comanda.contexts.ordering.dialects.{dialect.name}.words").WORDS
    for dialect in DIALECTS
}

INVENTORY = ("pending", "reserved", "insufficient", "committed", "released")
FULFILLMENT = ("pending", "scheduled", "shipped", "delivered", "returned", "canceled")
EVERYTHING = list(product(("managed", "recorded"), get_args(Status), INVENTORY, FULFILLMENT))

PLAIN: dict[str, dict[str, str]] = {
    "workflow": {status: status.upper() for status in get_args(Status)},
    "commandes": {
        "created": "pending",
        "reserved": "pending",
        "paid": "processing",
        "shipping_scheduled": "processing",
        "completed": "completed",
        "canceled": "cancelled",
        "failed": "cancelled",
    },
    "checkout": {
        "created": "placed",
        "reserved": "placed",
        "paid": "processing",
        "shipping_scheduled": "processing",
        "completed": "processing",
        "canceled": "cancelled",
        "failed": "cancelled",
    },
    "pedidos": {
        "created": "pending",
        "reserved": "in_progress",
        "paid": "paid",
        "shipping_scheduled": "paid",
        "completed": "completed",
        "canceled": "canceled",
        "failed": "canceled",
    },
}
"""The word for each status; where a facet says more, `expected` does."""


def expected(dialect: str, kind: str, status: str, inventory: str, fulfillment: str) -> str:
    """The word as the descriptions want it."""
    if dialect == "checkout" and status == "completed" and fulfillment in ("shipped", "delivered", "returned"):
        return "shipped" if fulfillment == "shipped" else "delivered"
    if dialect == "pedidos" and status == "paid" and kind == "managed" and inventory != "committed":
        return "in_progress"
    return PLAIN[dialect][status]


@pytest.mark.parametrize("dialect", TABLES)
def test_every_state_and_facet_has_its_word(dialect: str) -> None:
    words = TABLES[dialect]
    assert set(words.shown) == set(get_args(Shade))
    for kind, status, inventory, fulfillment in EVERYTHING:
        shown = words.shown[shade(kind, status, inventory, fulfillment)]
        assert shown == expected(dialect, kind, status, inventory, fulfillment), (kind, status, inventory, fulfillment)


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with running(database, [profiling, replace(card, background=(watch_orders,))]) as services:
        yield Desk(services)


def client_of(desk: Desk) -> OrderingClient:
    """Ordering, asked by staff."""
    return OrderingClient(InProcess(lambda: desk.services.process.services["ordering"].edge, STAFF))  # type: ignore[arg-type,return-value]


async def order_like(desk: Desk, status: str, inventory: str, fulfillment: str) -> str:
    """A managed order in a state; answers its id."""
    order_id = await desk.place()
    await desk.run(
        """
        update progress
        set status = $2, inventory = $3, fulfillment = $4,
            deadline = case when $2 = any ('{completed,canceled,failed}') then null else deadline end
        where order_id = $1
        """,
        *(order_id, status, inventory, fulfillment),
    )
    return order_id


async def record(ordering: OrderingClient, status: str) -> str:
    """A recorded order; answers its id."""
    return (await ordering.record({"currency": "EUR", "total": 100, "status": status})).id


async def test_a_filter_finds_exactly_the_orders_that_have_its_word(desk: Desk) -> None:
    ordering = client_of(desk)
    for status, inventory, fulfillment in product(get_args(Status), ("reserved", "committed"), FULFILLMENT):
        await order_like(desk, status, inventory, fulfillment)
    for status in (*get_args(Status), "shipped", "delivered"):
        await record(ordering, status)
    orders = (await ordering.orders({"limit": 200})).items
    assert len(orders) == 7 * 2 * 6 + 9
    for words in TABLES.values():
        for word in words.all:
            page = await ordering.orders({"limit": 200, "status": words.shades(word)})
            assert {order.id for order in page.items} == {order.id for order in orders if words.of(order) == word}


async def test_a_recorded_order_takes_every_word_and_shows_it(desk: Desk) -> None:
    ordering = client_of(desk)
    for words in TABLES.values():
        for first, word in product(("created", "paid", "delivered", "failed"), words.written):
            written = await write_status(ordering, words, await record(ordering, first), word)
            assert (written.status, words.of(written.order)) == (200, word)


BY_PROCESS_ONLY = [
    (words, like, word)
    for words in TABLES.values()
    for like in (
        ("created", "pending", "pending"),
        ("reserved", "reserved", "pending"),
        ("paid", "reserved", "pending"),
        ("paid", "committed", "pending"),
        ("shipping_scheduled", "committed", "scheduled"),
        ("completed", "committed", "scheduled"),
        ("completed", "committed", "shipped"),
        ("completed", "committed", "delivered"),
        ("canceled", "released", "canceled"),
        ("failed", "released", "pending"),
    )
    for word, meaning in words.written.items()
    if meaning not in ("canceled", "shipped", "delivered") or words.shown[shade("managed", *like)] == word
]


async def test_the_present_word_of_a_managed_order_changes_nothing_and_the_others_are_refused(desk: Desk) -> None:
    ordering = client_of(desk)
    for words, like, word in BY_PROCESS_ONLY:
        order_id = await order_like(desk, *like)
        before = await ordering.order(order_id)
        if words.of(before) == word:
            written = await write_status(ordering, words, order_id, word)
            assert (written.status, written.order) == (200, before)
        else:
            with pytest.raises(Conflict) as refused:
                await write_status(ordering, words, order_id, word)
            assert refused.value.data["cause"] == "status-not-writable"
            assert await ordering.order(order_id) == before


async def test_the_word_for_canceled_cancels_a_managed_order(desk: Desk) -> None:
    ordering = client_of(desk)
    for words in TABLES.values():
        for word in (word for word, meaning in words.written.items() if meaning == "canceled"):
            at_once = await write_status(ordering, words, await desk.place(), word)
            assert (at_once.status, words.of(at_once.order)) == (200, word)
            asked = await write_status(ordering, words, await desk.completed(), word)
            assert (asked.status, asked.order.cancel_requested) == (202, True)


async def test_an_unknown_word_is_refused(desk: Desk) -> None:
    ordering = client_of(desk)
    for words in TABLES.values():
        for word in ("", "lost", "Created", "PLACED"):
            with pytest.raises(UnknownWord):
                await write_status(ordering, words, await record(ordering, "created"), word)
            with pytest.raises(UnknownWord):
                words.shades(word)
