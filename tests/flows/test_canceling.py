"""Canceling: at once before the order is paid, by shipping's leave after it, and never once the parcel has left."""

import asyncio
import random

import pytest

from tests.support.disturbances import holding
from tests.support.listener import until
from tests.support.services import customer
from tests.support.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _nothing_is_left(shop: Shop, order_id: str, sku: str, pieces: int, payment: str) -> None:
    """The order is canceled and everything is undone."""
    await shop.settled()
    order = await shop.seen(order_id)
    assert (order["status"], order["payment"]["status"], order["cancel_requested"]) == ("canceled", payment, False)
    assert await shop.level(sku) == (pieces, 0)
    assert order["invoice"]["status"] in ("void", "credited")
    assert all(parcel["status"] == "canceled" for parcel in await shop.items("shipping", "/shipments", order_id))
    assert (await shop.messages(order_id))[-1][0] in ("canceled", "refunded")
    await shop.assert_clean()


async def test_an_order_that_nobody_has_read_yet_is_canceled_at_once(shop: Shop) -> None:
    sku = await shop.product(5)
    async with holding(shop, "stocking"):
        placed = await shop.order({sku: 2})
        answer = await shop.cancel(placed["id"])
        assert (answer.status, answer.json()["status"]) == (200, "canceled")
    await _nothing_is_left(shop, placed["id"], sku, 5, "voided")
    assert await shop.statuses(placed["id"]) == ["created", "canceled"]


async def test_a_reserved_order_is_canceled_at_once(shop: Shop) -> None:
    sku = await shop.product(5)
    placed = await shop.order({sku: 2}, method="bank_transfer")
    await shop.until(placed["id"], "reserved")
    answer = await shop.cancel(placed["id"])
    assert (answer.status, answer.json()["status"]) == (200, "canceled")
    await _nothing_is_left(shop, placed["id"], sku, 5, "voided")


async def test_a_paid_order_is_canceled_before_there_is_a_parcel(shop: Shop) -> None:
    sku = await shop.product(5)
    async with holding(shop, "shipping"):
        placed = await shop.order({sku: 2})
        await shop.until(placed["id"], "paid")
        answer = await shop.cancel(placed["id"])
        assert (answer.status, answer.json()["status"], answer.json()["cancel_requested"]) == (202, "paid", True)
        again = await shop.cancel(placed["id"])
        assert (again.status, again.json()["status"]) == (202, "paid")
    await shop.until(placed["id"], "canceled")
    await _nothing_is_left(shop, placed["id"], sku, 5, "refunded")
    assert (await shop.events(placed["id"])).count("OrderCancelRequested") == 1


async def test_an_order_whose_parcel_is_booked_is_canceled(shop: Shop) -> None:
    sku = await shop.product(5)
    async with holding(shop, "notifying"):
        placed = await shop.order({sku: 2})
        await shop.until(placed["id"], "shipping_scheduled")
        assert (await shop.cancel(placed["id"])).status == 202
        await shop.until(placed["id"], "canceled")
    await _nothing_is_left(shop, placed["id"], sku, 5, "refunded")


async def test_a_completed_order_is_canceled_as_long_as_its_parcel_is_there(shop: Shop) -> None:
    sku = await shop.product(5)
    placed = await shop.order({sku: 2}, by=customer("ada"))
    await shop.until(placed["id"], "completed")
    assert (await shop.cancel(placed["id"], by=customer("ada"))).status == 202
    order = await shop.until(placed["id"], "canceled")
    assert order["fulfillment"]["status"] == "canceled"
    await _nothing_is_left(shop, placed["id"], sku, 5, "refunded")
    assert await shop.credits(placed["id"]) == [("undone", 2 * 1999)]


async def test_a_parcel_that_has_left_ends_all_canceling(shop: Shop) -> None:
    sku = await shop.product(5)
    placed = await shop.order({sku: 2})
    await shop.until(placed["id"], "completed")
    await shop.move_parcel(placed["id"], "dispatch")
    await shop.until_it(placed["id"], lambda order: order["fulfillment"]["status"] == "shipped")
    answer = await shop.cancel(placed["id"])
    assert answer.status == 409
    assert (answer.json()["type"], answer.json()["order_status"]) == (
        "urn:comanda:problem:order-already-shipped",
        "completed",
    )
    await shop.assert_clean()


async def test_a_cancel_that_meets_the_dispatch_at_shipping_is_refused_and_the_order_goes_on(shop: Shop) -> None:
    """Ordering does not know of the dispatch yet: it asks, and shipping says that the parcel has left."""
    sku = await shop.product(5)
    placed = await shop.order({sku: 2})
    await shop.until(placed["id"], "completed")
    async with shop.sql() as connection, connection.transaction():
        await connection.execute("lock table ordering.progress in exclusive mode")
        assert (await shop.move_parcel(placed["id"], "dispatch")).status == 200
        asked = asyncio.create_task(shop.cancel(placed["id"]))
        await _waits_for_a_lock(shop)
    assert (await asked).status in (202, 409)
    order = await shop.until_it(
        placed["id"], lambda o: o["fulfillment"]["status"] == "shipped" and not o["cancel_requested"]
    )
    assert (order["status"], order["payment"]["status"], order["reason"]) == ("completed", "approved", None)
    await shop.assert_clean()


async def _waits_for_a_lock(shop: Shop) -> None:
    """Until somebody waits for the lock that the test holds."""
    async with shop.sql() as connection:

        async def waiting() -> int:
            return await connection.fetchval(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            )

        await until(waiting, bool)


async def test_canceling_twice_changes_nothing_and_a_failed_order_has_nothing_to_cancel(shop: Shop) -> None:
    sku = await shop.product(1)
    canceled = await shop.order({sku: 1}, method="bank_transfer")
    assert (await shop.cancel(canceled["id"])).status == 200
    assert (await shop.cancel(canceled["id"])).status == 200
    failed = await shop.order({sku: 2})
    await shop.until(failed["id"], "failed")
    assert (await shop.cancel(failed["id"])).status == 409
    await shop.settled()
    assert (await shop.events(canceled["id"])).count("OrderCanceled") == 1
    await shop.assert_clean()


async def test_staff_cancel_a_parcel_and_with_it_the_order(shop: Shop) -> None:
    sku = await shop.product(5)
    placed = await shop.order({sku: 2})
    await shop.until(placed["id"], "completed")
    assert (await shop.move_parcel(placed["id"], "cancel", {"reason": "found broken"})).status == 200
    order = await shop.until(placed["id"], "canceled")
    assert order["reason"] == "found broken"
    await _nothing_is_left(shop, placed["id"], sku, 5, "refunded")


async def test_a_shortage_that_comes_to_light_after_the_cancel_changes_a_facet_only(shop: Shop) -> None:
    sku = await shop.product(1)
    async with holding(shop, "stocking"):
        placed = await shop.order({sku: 2})
        assert (await shop.cancel(placed["id"])).status == 200
    order = await shop.until_it(placed["id"], lambda order: order["inventory"]["status"] == "insufficient")
    assert order["status"] == "canceled"
    await shop.assert_clean()


async def test_writing_canceled_to_the_status_is_a_cancel(shop: Shop) -> None:
    sku = await shop.product(5)
    placed = await shop.order({sku: 2}, method="bank_transfer")
    answer = await shop.call("ordering", "PUT", f"/orders/{placed['id']}/status", {"status": "canceled"})
    assert (answer.status, answer.json()["status"]) == (200, "canceled")
    await _nothing_is_left(shop, placed["id"], sku, 5, "voided")


async def test_cancels_that_race_with_the_payment_end_every_order_in_one_way(shop: Shop) -> None:
    sku = await shop.product(1_000)
    dice = random.Random(20)

    async def order_and_cancel(delay_s: float) -> tuple[str, int]:
        placed = await shop.order({sku: 1})
        await asyncio.sleep(delay_s)
        return placed["id"], (await shop.cancel(placed["id"])).status

    answers = await asyncio.gather(*(order_and_cancel(dice.uniform(0, 0.6)) for _ in range(200)))
    statuses = await shop.ended([order_id for order_id, _ in answers])
    assert {status for _, status in answers} <= {200, 202}
    await _all_are(shop, [order_id for order_id, _ in answers], "canceled")
    assert len(statuses) == 200
    await shop.settled()
    assert await shop.level(sku) == (1_000, 0)
    await shop.assert_clean()


async def _all_are(shop: Shop, order_ids: list[str], *statuses: str) -> None:
    for order_id in order_ids:
        await shop.until(order_id, *statuses)


async def test_cancels_that_race_with_the_dispatch_end_in_one_of_both(shop: Shop) -> None:
    sku = await shop.product(1_000)
    placed = await asyncio.gather(*(shop.order({sku: 1}) for _ in range(60)))
    ids = [order["id"] for order in placed]
    assert set((await shop.ended(ids)).values()) == {"completed"}
    dice = random.Random(21)

    async def later(order_id: str, dispatch: bool) -> int:
        await asyncio.sleep(dice.uniform(0, 0.2))
        return (await (shop.move_parcel(order_id, "dispatch") if dispatch else shop.cancel(order_id))).status

    acts = [later(order_id, dispatch) for order_id in ids for dispatch in (True, False)]
    answers = await asyncio.gather(*acts)
    sent = canceled = 0
    for order_id, dispatched, asked in zip(ids, answers[::2], answers[1::2], strict=True):
        order = await shop.until_it(order_id, lambda order: not order["cancel_requested"])
        if dispatched == 200:
            assert asked in (202, 409)
            order = await shop.until_it(order_id, lambda o: o["fulfillment"]["status"] == "shipped")
            assert order["status"] == "completed"
            sent += 1
        else:
            assert (dispatched, asked, order["status"]) == (409, 202, "canceled")
            canceled += 1
    assert sent and canceled
    await shop.settled()
    assert await shop.level(sku) == (1_000 - sent, 0)
    await shop.assert_clean()
