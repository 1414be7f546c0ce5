"""Comparing orders with what the other services say, on the whole shop."""

from datetime import timedelta

import pytest

from comanda.contexts.ordering.contract.views import ComparisonView
from comanda.contexts.ordering.reconciling import Reconciler, reconcile_piece
from tests.contexts.ordering.desk import Desk, problem
from tests.contexts.ordering.flow import goods, order_in_shop, settled, until

AT_ONCE = timedelta(0)


@pytest.fixture
async def orders(shop: Desk) -> dict[str, str]:
    """One order of each kind of rest."""
    await goods(shop, A=100, B=0)
    completed = await order_in_shop(shop, ("A", 2))
    declined = await order_in_shop(shop, ("A", 2), payment_method={"type": "card", "token": "tok_declined"})
    short = await order_in_shop(shop, ("B", 1))
    canceled = await order_in_shop(shop, ("A", 2))
    returned = await order_in_shop(shop, ("A", 1), payment_method={"type": "on_delivery"})
    for order_id in (completed, canceled, returned):
        await until(shop, order_id, "completed")
    (await shop.staff("POST", f"/orders/{canceled}/cancel")).checked()
    for order_id in (declined, short):
        await until(shop, order_id, "failed")
    await until(shop, canceled, "canceled")
    await settled(shop)
    return {"completed": completed, "declined": declined, "short": short, "canceled": canceled, "returned": returned}


async def compare(shop: Desk, *, heal: bool = False) -> ComparisonView:
    view, _ = await Reconciler(shop.service, rests_for=AT_ONCE).compare(0, 50, heal=heal)
    return view


async def test_orders_that_went_as_they_should_agree(shop: Desk, orders: dict[str, str]) -> None:
    view = await compare(shop)
    assert (view.compared, view.mismatches, view.next_cursor) == (5, [], None)


async def test_a_reservation_that_was_not_undone_heals_by_saying_so_again(shop: Desk, orders: dict[str, str]) -> None:
    order_id = orders["completed"]
    await shop.run("update progress set status = 'failed', reason = 'a test' where order_id = $1", order_id)
    found = await compare(shop)
    assert {(one.service, one.healed_by) for one in found.mismatches} == {
        ("paying", None),
        ("stocking", None),
        ("billing", None),
        ("shipping", None),
    }
    healed = await compare(shop, heal=True)
    assert {one.healed_by for one in healed.mismatches} == {"OrderFailed"}
    await settled(shop)
    assert (await compare(shop, heal=True)).mismatches == []
    assert (await shop.staff("GET", "/tasks")).json()["items"] == []


async def test_what_does_not_heal_is_a_task(shop: Desk, orders: dict[str, str]) -> None:
    order_id = orders["completed"]
    await shop.run("update progress set payment = 'refunded' where order_id = $1", order_id)
    for _ in range(2):
        (mismatch,) = (await compare(shop, heal=True)).mismatches
        assert (mismatch.order_id, mismatch.service, mismatch.healed_by) == (order_id, "paying", None)
    (task,) = (await shop.staff("GET", "/tasks")).json()["items"]
    assert (task["kind"], task["order_id"]) == ("mismatch", order_id)
    assert "refunded" in task["detail"]


async def test_the_background_goes_round_and_round(shop: Desk, orders: dict[str, str]) -> None:
    reconciler = Reconciler(shop.service, rests_for=AT_ONCE)
    for _ in range(2):
        assert (await reconcile_piece(shop.service, reconciler)).compared == 5


async def test_orders_that_are_not_at_rest_or_parked_are_left_alone(shop: Desk, orders: dict[str, str]) -> None:
    await shop.run(
        "insert into messaging.parked_subjects (consumer, subject) values ('billing', $1::text)", orders["short"]
    )
    assert (await compare(shop)).compared == 4
    answer = await shop.staff("POST", "/comparisons", {})
    assert (answer.status, answer.json()["compared"]) == (200, 0)


async def test_staff_compare_piece_by_piece(shop: Desk, orders: dict[str, str]) -> None:
    await shop.run("update progress set updated_at = updated_at - interval '1 hour'")
    await shop.run("update orders set created_at = created_at - interval '1 hour'")
    first = (await shop.staff("POST", "/comparisons", {"limit": 3})).checked().json()
    assert (first["compared"], first["mismatches"]) == (3, [])
    second = (await shop.staff("POST", "/comparisons", {"limit": 3, "cursor": first["next_cursor"]})).checked().json()
    assert (second["compared"], second["next_cursor"]) == (2, None)
    assert problem(await shop.customer("c1")("POST", "/comparisons", {})) == (403, "forbidden")
