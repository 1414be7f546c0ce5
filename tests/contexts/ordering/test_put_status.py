"""PUT /orders/{id}/status, on managed orders and on recorded ones."""

import pytest

from tests.contexts.ordering.desk import Desk, problem
from tests.contexts.ordering.facts import shipment_dispatched, stock_insufficient, stock_reserved
from tests.contexts.ordering.flow import goods, order_in_shop, until

WORDS = ("created", "reserved", "paid", "shipping_scheduled", "completed", "failed", "canceled")


async def test_the_present_word_changes_nothing(desk: Desk) -> None:
    order_id = await desk.place()
    await desk.read(stock_reserved(order_id))
    before = await desk.order(order_id)
    answer = await desk.staff("PUT", f"/orders/{order_id}/status", {"status": "reserved"})
    assert (answer.status, answer.json()) == (200, before)


async def test_a_key_that_cannot_be_kept_is_refused_even_where_nothing_changes(desk: Desk) -> None:
    order_id = await desk.place()
    answer = await desk.staff("PUT", f"/orders/{order_id}/status", {"status": "created"}, key="k" * 256)
    assert problem(answer) == (422, "invalid")


@pytest.mark.parametrize("word", [word for word in WORDS if word not in ("created", "canceled")])
async def test_words_of_the_process_cannot_be_written_by_hand(desk: Desk, word: str) -> None:
    order_id = await desk.place()
    answer = await desk.staff("PUT", f"/orders/{order_id}/status", {"status": word})
    assert problem(answer) == (409, "status-not-writable")
    assert await desk.status(order_id) == "created"


async def test_canceled_cancels(desk: Desk) -> None:
    unpaid, paid = await desk.place(), await desk.paid()
    answer = await desk.staff("PUT", f"/orders/{unpaid}/status", {"status": "canceled"})
    assert (answer.status, answer.json()["status"]) == (200, "canceled")
    answer = await desk.staff("PUT", f"/orders/{paid}/status", {"status": "canceled"})
    assert (answer.status, answer.json()["cancel_requested"]) == (202, True)


async def test_a_failed_order_cannot_become_canceled(desk: Desk) -> None:
    order_id = await desk.place()
    await desk.read(stock_insufficient(order_id))
    answer = await desk.staff("PUT", f"/orders/{order_id}/status", {"status": "canceled"})
    assert problem(answer) == (409, "order-is-over")


async def test_a_shipped_order_is_shipped_and_completed(desk: Desk) -> None:
    order_id = await desk.completed()
    await desk.read(shipment_dispatched(order_id))
    for word in ("shipped", "completed"):
        assert (await desk.staff("PUT", f"/orders/{order_id}/status", {"status": word})).status == 200


@pytest.mark.parametrize("body", [{"status": "lost"}, {"status": ""}, {"status": None}, {}, {"status": "paid", "x": 1}])
async def test_unknown_words_are_refused(desk: Desk, body: object) -> None:
    order_id = await desk.place()
    assert (await desk.staff("PUT", f"/orders/{order_id}/status", body)).status == 422


async def test_only_staff_write_statuses(desk: Desk) -> None:
    order_id = await desk.place(customer_id="c1")
    body = {"status": "canceled"}
    assert problem(await desk.customer("c1")("PUT", f"/orders/{order_id}/status", body)) == (403, "forbidden")
    assert problem(await desk.guest("PUT", f"/orders/{order_id}/status", body)) == (401, "unauthenticated")
    missing = "/orders/01999999-0000-7000-8000-000000000000/status"
    assert problem(await desk.staff("PUT", missing, body)) == (404, "no-such-order")


async def test_shipped_dispatches_and_delivered_delivers(shop: Desk) -> None:
    await goods(shop, A=10)
    order_id = await order_in_shop(shop, ("A", 1))
    await until(shop, order_id, "completed")
    answer = await shop.staff("PUT", f"/orders/{order_id}/status", {"status": "shipped"})
    assert (answer.status, answer.json()["fulfillment"]["status"]) == (200, "shipped")
    answer = await shop.staff("PUT", f"/orders/{order_id}/status", {"status": "delivered"})
    assert (answer.status, answer.json()["fulfillment"]["status"]) == (200, "delivered")
    answer = await shop.staff("PUT", f"/orders/{order_id}/status", {"status": "shipped"})
    assert problem(answer) == (409, "no-such-shipment")


async def test_delivered_does_both(shop: Desk) -> None:
    await goods(shop, A=10)
    order_id = await order_in_shop(shop, ("A", 1))
    await until(shop, order_id, "completed")
    answer = await shop.staff("PUT", f"/orders/{order_id}/status", {"status": "delivered"})
    assert (answer.status, answer.json()["fulfillment"]["status"]) == (200, "delivered")
    milestones = (await shop.staff("GET", f"/orders/{order_id}/status")).json()["milestones"]
    assert [milestone["status"] for milestone in milestones][-2:] == ["shipped", "delivered"]


async def test_an_order_without_a_parcel_cannot_be_shipped(shop: Desk) -> None:
    await goods(shop, A=0)
    order_id = await order_in_shop(shop, ("A", 1))
    await until(shop, order_id, "failed")
    answer = await shop.staff("PUT", f"/orders/{order_id}/status", {"status": "shipped"})
    assert problem(answer) == (409, "no-such-shipment")


@pytest.mark.parametrize("word", WORDS)
async def test_a_recorded_order_takes_any_word(desk: Desk, word: str) -> None:
    recorded = (await desk.staff("POST", "/orders/recorded", {"currency": "EUR", "total": 100})).json()
    answer = await desk.staff("PUT", f"/orders/{recorded['id']}/status", {"status": word})
    assert (answer.status, answer.json()["status"]) == (200, word)
    assert answer.json()["fulfillment"]["status"] == "pending"


@pytest.mark.parametrize("word", ["shipped", "delivered"])
async def test_a_recorded_order_that_was_shipped_is_completed_with_that_facet(desk: Desk, word: str) -> None:
    recorded = (await desk.staff("POST", "/orders/recorded", {"currency": "EUR", "total": 100})).json()
    answer = await desk.staff("PUT", f"/orders/{recorded['id']}/status", {"status": word})
    assert (answer.json()["status"], answer.json()["fulfillment"]["status"]) == ("completed", word)
    assert (await desk.said(recorded["id"], "OrderRecordChanged"))[-1]["status"] == "completed"
    answer = await desk.staff("PUT", f"/orders/{recorded['id']}/status", {"status": "created"})
    assert (answer.json()["status"], answer.json()["fulfillment"]["status"]) == ("created", "pending")
