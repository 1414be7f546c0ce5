"""POST /orders/{id}/cancel."""

import asyncio

import pytest

from comanda.contexts.ordering.contract.views import OrderView
from tests.contexts.ordering.desk import Desk, problem
from tests.contexts.ordering.facts import (
    payment_succeeded,
    shipment_cancel_refused,
    shipment_canceled,
    shipment_dispatched,
    stock_insufficient,
)


async def test_a_cancel_before_paid_answers_200_and_a_canceled_order(desk: Desk) -> None:
    order_id = await desk.place(customer_id="c1")
    answer = await desk.customer("c1")("POST", f"/orders/{order_id}/cancel", {"reason": "found it cheaper"})
    assert answer.status == 200
    order = OrderView.model_validate_json(answer.body)
    assert (order.status, order.reason, order.cancel_requested) == ("canceled", "found it cheaper", False)
    assert await desk.published(order_id) == ["OrderCreated", "OrderCanceled"]
    assert (await desk.timeline(order_id))[-1]["actor"] == "customer:c1"
    await desk.assert_explained(order_id)


async def test_a_cancel_needs_no_body(desk: Desk) -> None:
    order_id = await desk.place()
    answer = await desk.staff("POST", f"/orders/{order_id}/cancel")
    assert (answer.status, answer.json()["reason"]) == (200, "canceled")


async def test_a_cancel_from_paid_on_answers_202_until_shipping_agrees(desk: Desk) -> None:
    order_id = await desk.paid()
    for _ in range(3):
        answer = await desk.staff("POST", f"/orders/{order_id}/cancel", {"reason": "no"})
        assert (answer.status, answer.json()["status"], answer.json()["cancel_requested"]) == (202, "paid", True)
    assert await desk.published(order_id) == ["OrderCreated", "OrderConfirmed", "OrderCancelRequested"]
    await desk.read(shipment_canceled(order_id))
    assert await desk.status(order_id) == "canceled"
    assert (await desk.staff("POST", f"/orders/{order_id}/cancel")).status == 200
    await desk.assert_explained(order_id)


async def test_a_parcel_that_has_left_is_a_return(desk: Desk) -> None:
    order_id = await desk.completed()
    await desk.read(shipment_dispatched(order_id))
    assert problem(await desk.staff("POST", f"/orders/{order_id}/cancel")) == (409, "order-already-shipped")


async def test_a_refused_cancel_leaves_the_order_as_it_was(desk: Desk) -> None:
    order_id = await desk.completed()
    assert (await desk.staff("POST", f"/orders/{order_id}/cancel")).status == 202
    await desk.read(shipment_dispatched(order_id), shipment_cancel_refused(order_id))
    order = await desk.order(order_id)
    assert (order["status"], order["cancel_requested"], order["reason"]) == ("completed", False, None)
    await desk.assert_explained(order_id)


async def test_a_failed_order_is_over(desk: Desk) -> None:
    order_id = await desk.place()
    await desk.read(stock_insufficient(order_id))
    assert problem(await desk.staff("POST", f"/orders/{order_id}/cancel")) == (409, "order-is-over")


async def test_who_wants_to_cancel_an_unpaid_order_only_is_refused_once_it_is_paid(desk: Desk) -> None:
    order_id = await desk.paid()
    answer = await desk.staff("POST", f"/orders/{order_id}/cancel", {"unpaid_only": True})
    assert problem(answer) == (409, "order-already-paid")
    assert not (await desk.order(order_id))["cancel_requested"]


async def test_an_order_whose_payment_is_certain_before_its_goods_is_no_unpaid_one(desk: Desk) -> None:
    order_id = await desk.place(payment_method="bank_transfer")
    await desk.read(payment_succeeded(order_id))
    answer = await desk.staff("POST", f"/orders/{order_id}/cancel", {"unpaid_only": True})
    assert problem(answer) == (409, "order-already-paid")
    assert (await desk.staff("POST", f"/orders/{order_id}/cancel")).status == 200


async def test_who_cancels_unpaid_orders_only_is_told_of_one_that_has_failed_or_is_canceled(desk: Desk) -> None:
    failed, canceled = await desk.place(), await desk.place()
    await desk.read(stock_insufficient(failed))
    for _ in range(2):
        answer = await desk.staff("POST", f"/orders/{canceled}/cancel", {"unpaid_only": True})
        assert (answer.status, answer.json()["status"]) == (200, "canceled")
    answer = await desk.staff("POST", f"/orders/{failed}/cancel", {"unpaid_only": True})
    assert problem(answer) == (409, "order-is-over")


async def test_customers_cancel_their_own_orders_only_and_guests_those_they_hold_the_token_of(desk: Desk) -> None:
    mine, guests = await desk.place(customer_id="c1"), await desk.place()
    for caller in (desk.customer("c2"), desk.guest):
        for order_id in (mine, guests, "01999999-0000-7000-8000-000000000000", "nonsense"):
            assert problem(await caller("POST", f"/orders/{order_id}/cancel")) == (404, "no-such-order")
    answer = await desk.guest("POST", f"/orders/{guests}/cancel", query={"token": desk.token(guests)})
    assert answer.status == 200
    assert (await desk.guest("POST", f"/orders/{mine}/cancel", query={"token": desk.token(mine)})).status == 404


async def test_the_same_key_cancels_once_and_gets_the_same_answer(desk: Desk) -> None:
    order_id = await desk.paid()
    path = f"/orders/{order_id}/cancel"
    first = await desk.staff("POST", path, {"reason": "a"}, key="k")
    await desk.read(shipment_canceled(order_id))
    again = await desk.staff("POST", path, {"reason": "a"}, key="k")
    assert (again.status, again.body) == (first.status, first.body) == (202, first.body)
    assert problem(await desk.staff("POST", path, {"reason": "b"}, key="k")) == (422, "idempotency-key-reused")


async def test_an_answer_kept_under_a_guests_key_is_for_holders_of_the_token_only(desk: Desk) -> None:
    order_id = await desk.place()
    path, token = f"/orders/{order_id}/cancel", {"token": desk.token(order_id)}
    answer = await desk.guest("POST", path, {"reason": "a"}, query=token, key="k")
    assert answer.status == 200
    assert problem(await desk.guest("POST", path, {"reason": "a"}, key="k")) == (404, "no-such-order")
    assert (await desk.guest("POST", path, {"reason": "a"}, query=token, key="k")).body == answer.body


async def test_fifty_cancels_at_once_ask_shipping_once(desk: Desk) -> None:
    order_id = await desk.paid()
    answers = await asyncio.gather(*(desk.staff("POST", f"/orders/{order_id}/cancel") for _ in range(50)))
    assert {answer.status for answer in answers} == {202}
    assert (await desk.published(order_id)).count("OrderCancelRequested") == 1


@pytest.mark.parametrize("body", [{"reason": ""}, {"reason": "x" * 501}, {"reason": 1}, {"status": "canceled"}, []])
async def test_a_body_that_is_not_a_cancel_is_refused(desk: Desk, body: object) -> None:
    order_id = await desk.place()
    assert (await desk.staff("POST", f"/orders/{order_id}/cancel", body)).status == 422
    assert await desk.status(order_id) == "created"


async def test_a_recorded_order_runs_no_process(desk: Desk) -> None:
    recorded = (await desk.staff("POST", "/orders/recorded", {"currency": "EUR", "total": 100})).json()
    assert problem(await desk.staff("POST", f"/orders/{recorded['id']}/cancel")) == (409, "order-not-managed")
