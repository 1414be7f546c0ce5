"""Every word written to an order in every state: recorded orders take it, managed ones as their process allows."""

from collections.abc import Awaitable, Callable
from typing import Any, get_args

from comanda.contexts.ordering.contract.shades import Shade
from comanda.contexts.ordering.contract.views import Status
from comanda.contexts.ordering.dialects.commandes.words import STATUSES, WORDS, Statut
from comanda.contexts.ordering.record import StatusWord
from tests.contexts.ordering.desk import Desk
from tests.contexts.ordering.dialects.commandes.counter import Counter
from tests.contexts.ordering.facts import (
    shipment_dispatched,
    shipment_scheduled,
    stock_committed,
    stock_insufficient,
    stock_reserved,
)

WRITABLE = get_args(Statut)
BECOMES = {"pending": "created", "processing": "paid", "completed": "completed", "cancelled": "canceled"}


def test_every_state_has_one_word_and_every_word_a_meaning() -> None:
    assert set(WORDS.shown) == set(get_args(Shade))
    assert set(STATUSES) == set(get_args(Status))
    assert set(WORDS.shown.values()) == set(WORDS.written) == set(WRITABLE)


async def test_a_recorded_order_takes_every_word_in_every_state(counter: Counter) -> None:
    for status in get_args(StatusWord):
        for word in WRITABLE:
            body = {"currency": "EUR", "total": 100, "status": status}
            order = (await counter.desk.staff("POST", "/orders/recorded", body)).json()
            reply = await counter("PUT", f"/commandes/{order['number']}/status", f'"{word}"')
            assert (reply.status, reply.json["status"]) == (200, word), (status, word)
            after = await counter.desk.order(order["id"])
            kept = status in ("shipped", "delivered") and word == "completed"
            assert (after["status"], after["fulfillment"]["status"]) == (BECOMES[word], status if kept else "pending")


Make = Callable[[Desk], Awaitable[str]]


async def _reserved(desk: Desk) -> str:
    order_id = await desk.place()
    await desk.read(stock_reserved(order_id))
    return order_id


async def _committed(desk: Desk) -> str:
    order_id = await desk.paid()
    await desk.read(stock_committed(order_id))
    return order_id


async def _scheduled(desk: Desk) -> str:
    order_id = await _committed(desk)
    await desk.read(shipment_scheduled(order_id))
    return order_id


async def _shipped(desk: Desk) -> str:
    order_id = await desk.completed()
    await desk.read(shipment_dispatched(order_id))
    return order_id


async def _canceled(desk: Desk) -> str:
    order_id = await desk.place()
    (await desk.staff("POST", f"/orders/{order_id}/cancel")).checked()
    return order_id


async def _failed(desk: Desk) -> str:
    order_id = await desk.place()
    await desk.read(stock_insufficient(order_id))
    return order_id


CHANGED, ASKED, SAME, REFUSED = "changed", "asked", "same", "refused"

MANAGED: dict[str, tuple[Make, Statut, str]] = {
    "created": (Desk.place, "pending", CHANGED),
    "reserved": (_reserved, "pending", CHANGED),
    "paid": (Desk.paid, "processing", ASKED),
    "paid, stock committed": (_committed, "processing", ASKED),
    "shipping_scheduled": (_scheduled, "processing", ASKED),
    "completed": (Desk.completed, "completed", ASKED),
    "shipped": (_shipped, "completed", REFUSED),
    "delivered": (Desk.delivered, "completed", REFUSED),
    "canceled": (_canceled, "cancelled", SAME),
    "failed": (_failed, "cancelled", SAME),
}
"""State → how an order gets there, its word, and what `cancelled` does to it."""


async def test_a_managed_order_keeps_its_present_word_is_canceled_and_takes_no_other(counter: Counter) -> None:
    for state, (make, present, when_cancelled) in MANAGED.items():
        for word in WRITABLE:
            order_id = await make(counter.desk)
            before = await counter.desk.order(order_id)
            reply = await counter("PUT", f"/commandes/{before['number']}/status", f'"{word}"')
            after = await counter.desk.order(order_id)
            expected = SAME if word == present else when_cancelled if word == "cancelled" else REFUSED
            _check(expected, reply.status, reply.json, before, after, (state, word))


def _check(
    expected: str, status: int, answer: dict[str, Any], before: dict[str, Any], after: dict[str, Any], case: object
) -> None:
    if expected == CHANGED:
        assert (status, answer["status"], after["status"]) == (200, "cancelled", "canceled"), case
    elif expected == ASKED:
        assert (status, after["status"], after["cancel_requested"]) == (202, before["status"], True), case
    else:
        assert status == (409 if expected == REFUSED else 200), case
        assert after == before, case


async def test_an_unknown_word_is_invalid_everywhere(counter: Counter) -> None:
    id = (await counter.record())["id"]
    for body in ('"shipped"', '"canceled"', '"Pending"', '""', "null", "1", '{"status": "pending"}', '["pending"]'):
        assert (await counter("PUT", f"/commandes/{id}/status", body)).status == 422, body
    assert (await counter("PUT", f"/commandes/{id}/status", "pending")).status == 400
    assert (await counter("GET", "/commandes/status/paid")).status == 422
    assert (await counter("GET", "/commandes?status=paid")).status == 422
    assert (await counter("PUT", "/commandes/999/status", '"pending"')).status == 404


async def test_the_filters_and_figures_use_the_same_words(counter: Counter) -> None:
    for make, _, _ in MANAGED.values():
        await make(counter.desk)
    for n, word in enumerate(WRITABLE):
        await counter.record(f"R{n}", status=word)
    tally = {"pending": 3, "processing": 4, "completed": 4, "cancelled": 3}
    assert (await counter("GET", "/stats")).json["par_statut"] == tally
    listed = []
    for word, count in tally.items():
        found = (await counter("GET", f"/commandes/status/{word}")).json
        assert (await counter("GET", f"/commandes?status={word}")).json == found
        assert [commande["status"] for commande in found] == [word] * count
        listed += found
    whole = (await counter("GET", "/commandes")).json
    assert sorted(whole, key=lambda commande: commande["id"]) == sorted(listed, key=lambda commande: commande["id"])
    assert (await counter("GET", "/stats")).json["total_amount"] == sum(commande["total_amount"] for commande in whole)
