"""What time does to orders."""

from datetime import UTC, datetime, timedelta

import pytest

from comanda.contexts.ordering.sweeping import CURRENT_FOR, PIECE, REDRIVE_AFTER, sweep
from tests.contexts.ordering.desk import Desk
from tests.contexts.ordering.facts import (
    confirmation_sent,
    shipment_cancel_refused,
    shipment_dispatched,
    shipment_scheduled,
    stock_committed,
    stock_reserved,
)


@pytest.fixture(autouse=True)
def always_current(desk: Desk) -> None:
    """Every service has kept up for an hour."""
    desk.service.pacing_current_for_s = lambda: 3_600.0


async def grow_old(desk: Desk, order_id: str, minutes: int = 60) -> None:
    """Let nothing have been heard of an order for a while."""
    old = datetime.now(UTC) - timedelta(minutes=minutes)
    await desk.run("update progress set updated_at = $2 where order_id = $1", order_id, old)


async def tasks(desk: Desk) -> list[str]:
    return [task["kind"] for task in (await desk.staff("GET", "/tasks")).json()["items"]]


async def test_an_unpaid_order_fails_at_its_deadline_and_others_do_not(desk: Desk) -> None:
    late, reserved = await desk.place(expires_in_s=-1), await desk.place(expires_in_s=-1)
    early = await desk.place()
    await desk.read(stock_reserved(reserved))
    assert await sweep(desk.service) == 2
    for order_id in (late, reserved):
        order = await desk.order(order_id)
        assert (order["status"], order["reason"]) == ("failed", "not paid in time")
        assert (await desk.published(order_id))[-1] == "OrderFailed"
        assert (await desk.timeline(order_id))[-1]["cause"] == "deadline"
        await desk.assert_explained(order_id)
    assert await desk.status(early) == "created"
    assert await sweep(desk.service) == 0


async def test_nothing_is_judged_until_every_service_has_kept_up_for_a_minute(desk: Desk) -> None:
    order_id = await desk.place(expires_in_s=-1)
    desk.service.pacing_current_for_s = lambda: 59.9
    assert await sweep(desk.service) == 0
    assert await desk.status(order_id) == "created"
    desk.service.settings.set(CURRENT_FOR, "50")
    assert await sweep(desk.service) == 1
    assert await desk.status(order_id) == "failed"


async def test_an_order_behind_a_dead_letter_is_never_judged(desk: Desk) -> None:
    order_id = await desk.place(expires_in_s=-1)
    await desk.run("insert into messaging.parked_subjects (consumer, subject) values ('stocking', $1::text)", order_id)
    assert await sweep(desk.service) == 0
    assert await desk.status(order_id) == "created"
    await desk.run("delete from messaging.parked_subjects")
    assert await sweep(desk.service) == 1


async def test_more_orders_than_one_piece_holds_are_all_judged(desk: Desk) -> None:
    for _ in range(PIECE + 5):
        await desk.place(expires_in_s=-1)
    assert await sweep(desk.service) == PIECE + 5
    assert (await desk.staff("GET", "/stats")).json()["by_status"] == {"failed": PIECE + 5}


async def test_a_paid_order_without_a_shipment_is_confirmed_again_and_never_failed(desk: Desk) -> None:
    order_id = await desk.paid(expires_in_s=-10_000)
    assert await sweep(desk.service) == 0
    await grow_old(desk, order_id)
    assert await sweep(desk.service) == 1
    assert (await desk.published(order_id)).count("OrderConfirmed") == 2
    first, again = await desk.said(order_id, "OrderConfirmed")
    assert first == again
    assert await desk.status(order_id) == "paid"
    assert await tasks(desk) == []
    assert await sweep(desk.service) == 0
    await desk.assert_explained(order_id)


async def test_a_step_that_does_not_come_the_second_time_either_is_a_task_until_it_comes(desk: Desk) -> None:
    order_id = await desk.paid()
    for _ in range(3):
        await grow_old(desk, order_id)
        await sweep(desk.service)
    assert await tasks(desk) == ["stuck"]
    await desk.read(stock_committed(order_id), shipment_scheduled(order_id), confirmation_sent(order_id))
    assert await desk.status(order_id) == "completed"
    await sweep(desk.service)
    assert await tasks(desk) == []


async def test_shipping_that_has_not_answered_is_asked_again(desk: Desk) -> None:
    order_id = await desk.completed()
    (await desk.staff("POST", f"/orders/{order_id}/cancel", {"reason": "please"})).checked()
    assert await sweep(desk.service) == 0
    await grow_old(desk, order_id)
    assert await sweep(desk.service) == 1
    first, again = await desk.said(order_id, "OrderCancelRequested")
    assert first == again == {"order_id": order_id, "reason": "please", "by_setting": False}
    await desk.read(shipment_dispatched(order_id), shipment_cancel_refused(order_id))
    await grow_old(desk, order_id)
    assert await sweep(desk.service) == 0


async def test_the_setting_says_when_a_step_is_driven_again(desk: Desk) -> None:
    order_id = await desk.paid()
    await grow_old(desk, order_id, minutes=5)
    assert await sweep(desk.service) == 0
    desk.service.settings.set(REDRIVE_AFTER, "4")
    assert await sweep(desk.service) == 1


async def test_recorded_and_completed_orders_are_left_alone(desk: Desk) -> None:
    completed = await desk.completed(expires_in_s=-1)
    recorded = (await desk.staff("POST", "/orders/recorded", {"currency": "EUR", "total": 1})).json()["id"]
    for order_id in (completed, recorded):
        await grow_old(desk, order_id)
    assert await sweep(desk.service) == 0
