"""What time does to orders: deadlines, steps driven again, comparisons; and events that are said twice."""

from datetime import datetime
from typing import Any

import msgspec
import pytest

from tests.support.database import Database
from tests.support.disturbances import (
    change_setting,
    give_up,
    holding,
    let_time_pass,
    parked,
    poisoned_order,
    refusing,
    say_again,
)
from tests.support.listener import until
from tests.support.shop import Shop, open_shop


async def test_the_payment_runs_out_first_then_the_order_then_the_reservation(database: Database) -> None:
    async with open_shop(database) as shop:
        sku = await shop.product(9)
        for method in ("card", "bank_transfer"):
            placed = await shop.order({sku: 1}, method=method)
            await shop.settled()
            async with shop.sql() as connection:
                created = msgspec.json.decode(
                    await connection.fetchval(
                        "select data from messaging.log where type like '%.OrderCreated.v1' and subject = $1",
                        placed["id"],
                    )
                )
                if method == "bank_transfer":
                    order = await connection.fetchval(
                        "select deadline from ordering.progress where order_id = $1", placed["id"]
                    )
                    assert datetime.fromisoformat(created["payment_deadline"]) < order
                    assert order < datetime.fromisoformat(created["reserved_until"])
            assert created["payment_deadline"] < created["reserved_until"]


@pytest.mark.parametrize(("method", "token", "later"), [("card", "tok_pending", 32), ("bank_transfer", None, 10_090)])
async def test_a_payment_that_does_not_come_in_time_fails_the_order(
    database: Database, method: str, token: str | None, later: float
) -> None:
    async with open_shop(database) as shop:
        sku = await shop.product(9)
        placed = await shop.order({sku: 1}, method=method, token=token)
        await shop.until(placed["id"], "reserved")
        await until(lambda: shop.payment(placed["id"]), lambda payment: payment["waits_for"] in ("payer", "receipt"))
        let_time_pass(shop, minutes=later)
        order = await shop.until(placed["id"], "failed")
        assert (order["payment"]["status"], order["reason"]) == ("declined", "payment expired")
        await shop.settled()
        assert await shop.level(sku) == (9, 0)
        await shop.assert_clean()


async def test_an_order_runs_out_when_nothing_is_heard_of_its_payment(database: Database) -> None:
    async with open_shop(database) as shop:
        sku = await shop.product(9)
        async with holding(shop, "paying"):
            placed = await shop.order({sku: 1})
            await shop.until(placed["id"], "reserved")
            let_time_pass(shop, minutes=36)
            order = await shop.until(placed["id"], "failed")
            assert order["reason"] == "not paid in time"
        await shop.until_it(placed["id"], lambda o: o["payment"]["status"] in ("voided", "refunded"))
        await shop.settled()
        assert await shop.level(sku) == (9, 0)
        assert (await shop.statuses(placed["id"]))[-2:] == ["reserved", "failed"]
        await shop.assert_clean()


async def test_no_deadline_is_judged_until_every_service_has_kept_up_for_a_minute(database: Database) -> None:
    async with open_shop(database) as shop:
        sku = await shop.product(9)
        placed = await shop.order({sku: 1}, token="tok_pending")
        await shop.until(placed["id"], "reserved")
        let_time_pass(shop, hours=1)
        asked = 0

        def not_yet() -> float:
            nonlocal asked
            asked += 1
            return 59.0

        shop.services.process.services["paying"].pacing_current_for_s = lambda: 59.0
        shop.services.process.services["ordering"].pacing_current_for_s = not_yet

        async def times() -> int:
            return asked

        await until(times, lambda count: count >= 2)
        assert (await shop.seen(placed["id"]))["status"] == "reserved"
        let_time_pass(shop, hours=1)
        await shop.until(placed["id"], "failed")
        await shop.assert_clean()


async def test_an_order_parked_behind_a_dead_letter_is_not_judged_and_a_replay_ends_it(database: Database) -> None:
    async with open_shop(database) as shop:
        sku = await shop.product(9)
        async with poisoned_order(shop, "paying", {sku: 1}) as poisoned:
            other = await shop.order({sku: 1}, token="tok_pending")
            await shop.until(poisoned, "reserved")
            (letter, *_) = await parked(shop, "paying", poisoned)
            let_time_pass(shop, hours=1)
            await shop.until(other["id"], "failed")
            assert (await shop.seen(poisoned))["status"] == "reserved"
            assert (await shop.audit()).parked == [poisoned]
            await shop.assert_clean()
        assert (await shop.post("paying", f"/dead-letters/{letter['id']}/replay"))["replayed"] >= 1
        await shop.until(poisoned)
        await shop.assert_clean()


async def test_a_lost_step_of_a_paid_order_is_driven_again_and_nothing_else_happens_twice(database: Database) -> None:
    async with open_shop(database) as shop:
        sku = await shop.product(9)
        async with poisoned_order(shop, "shipping", {sku: 2}) as order_id:
            await shop.until(order_id, "paid")
            await parked(shop, "shipping", order_id)
        await give_up(shop, "shipping", order_id)
        let_time_pass(shop, minutes=11)
        order = await shop.until(order_id, "completed")
        await shop.settled()
        assert (await shop.events(order_id)).count("OrderConfirmed") == 2
        assert order["payment"]["status"] == "approved"
        assert await shop.level(sku) == (7, 0)
        assert (await shop.shipment(order_id))["status"] == "scheduled"
        assert await shop.messages(order_id) == [("created", "sent"), ("confirmed", "sent")]
        await shop.assert_clean()


async def test_a_step_that_does_not_come_is_for_staff_and_never_fails_a_paid_order(database: Database) -> None:
    async with open_shop(database) as shop:
        await change_setting(shop, "ordering", "ordering.redrive_minutes", 1)
        sku = await shop.product(9)
        async with holding(shop, "shipping"):
            placed = await shop.order({sku: 2})
            await shop.until(placed["id"], "paid")
            let_time_pass(shop, minutes=2)
            await until(lambda: shop.events(placed["id"]), lambda told: told.count("OrderConfirmed") == 2)
            let_time_pass(shop, hours=200)
            (task,) = await until(lambda: shop.items("ordering", "/tasks", placed["id"]), bool)
            assert task["kind"] == "stuck"
            assert (await shop.seen(placed["id"]))["status"] == "paid"
        await shop.until(placed["id"], "completed")
        await until(lambda: shop.items("ordering", "/tasks", placed["id"]), lambda tasks: not tasks)
        await shop.assert_clean()


async def test_a_cancel_that_shipping_never_heard_of_is_asked_again(database: Database) -> None:
    async with open_shop(database) as shop:
        sku = await shop.product(9)
        placed = await shop.order({sku: 2})
        await shop.until(placed["id"], "completed")
        async with refusing(shop, "shipping", placed["id"]):
            assert (await shop.cancel(placed["id"])).status == 202
            await parked(shop, "shipping", placed["id"])
        await give_up(shop, "shipping", placed["id"])
        let_time_pass(shop, minutes=11)
        await shop.until(placed["id"], "canceled")
        await shop.settled()
        assert await shop.level(sku) == (9, 0)
        await shop.assert_clean()


async def test_what_a_service_has_missed_of_an_ended_order_is_found_and_healed(database: Database) -> None:
    async with open_shop(database) as shop:
        sku = await shop.product(9)
        placed = await shop.order({sku: 2}, method="bank_transfer")
        await shop.until(placed["id"], "reserved")
        async with refusing(shop, "stocking", placed["id"]):
            assert (await shop.cancel(placed["id"])).status == 200
            await parked(shop, "stocking", placed["id"])
        await give_up(shop, "stocking", placed["id"])
        assert await shop.level(sku) == (9, 2)
        assert {finding.invariant.number for finding in (await shop.audit()).findings if finding.count} == {2}
        let_time_pass(shop, minutes=6)
        found = await shop.post("ordering", "/comparisons", {})
        assert [(m["service"], m["healed_by"]) for m in found["mismatches"]] == [("stocking", None)]
        healed = await shop.post("ordering", "/comparisons", {"heal": True})
        assert [(m["service"], m["healed_by"]) for m in healed["mismatches"]] == [("stocking", "OrderCanceled")]
        await shop.settled()
        assert await shop.level(sku) == (9, 0)
        await shop.assert_clean()


async def test_events_that_are_said_twice_change_nothing(database: Database) -> None:
    async with open_shop(database) as shop:
        skus = {name: await shop.product(20, price=1000) for name in ("returned", "canceled", "failed", "refused")}
        orders = await _orders_with_every_end(shop, skus)
        before = [await _all_about(shop, order_id, sku) for order_id, sku in orders]
        for order_id, _ in orders:
            assert await say_again(shop, order_id) > 5
        await shop.settled()
        for (order_id, sku), known in zip(orders, before, strict=True):
            assert await _all_about(shop, order_id, sku) == known
        found = [finding for finding in (await shop.audit()).findings if finding.count]
        assert {breach for finding in found for breach in finding.breaches} == {
            f"order {order_id} has 2 OrderCreated events" for order_id, _ in orders
        }


async def _orders_with_every_end(shop: Shop, skus: dict[str, str]) -> list[tuple[str, str]]:
    """Orders that were returned and refunded in part, canceled, failed, and refused at the door."""
    returned = await shop.order({skus["returned"]: 3})
    canceled = await shop.order({skus["canceled"]: 3})
    failed = await shop.order({skus["failed"]: 3}, token="tok_declined")
    refused = await shop.order({skus["refused"]: 3}, method="on_delivery")
    ids = [order["id"] for order in (returned, canceled, failed, refused)]
    await shop.ended(ids)
    for order in (returned, refused):
        assert (await shop.move_parcel(order["id"], "dispatch")).status == 200
    assert (await shop.move_parcel(refused["id"], "return", {"restockable": True})).status == 200
    assert (await shop.move_parcel(returned["id"], "deliver")).status == 200
    assert (await shop.cancel(canceled["id"])).status == 202
    await shop.until_it(returned["id"], lambda order: order["fulfillment"]["status"] == "delivered")
    lines = [{"sku": skus["returned"], "quantity": 1}]
    asked = await shop.post("ordering", "/returns", {"order_id": returned["id"], "lines": lines, "reason": "spare"})
    await shop.post("ordering", f"/returns/{asked['id']}/approve")
    (parcel,) = await until(lambda: shop.returns_of(returned["id"]), bool)
    await shop.post("shipping", f"/shipments/{parcel['id']}/return", {"restockable": True})
    refund = {"order_id": returned["id"], "lines": lines, "reason": "another", "restock": True}
    await shop.post("paying", "/refunds", refund)
    await shop.settled()
    return list(zip(ids, skus.values(), strict=True))


async def _all_about(shop: Shop, order_id: str, sku: str) -> Any:
    """What every service says about an order, but for the times of change."""
    order = await shop.seen(order_id)
    payment = await shop.payment(order_id)
    for record in (order, payment):
        for name in ("updated_at", "version"):
            record.pop(name, None)
    lists = [
        await shop.items(service, path, order_id)
        for service, path in (
            ("shipping", "/shipments"),
            ("billing", "/invoices"),
            ("billing", "/credit-notes"),
            ("paying", "/refunds"),
            ("notifying", "/notifications"),
            ("ordering", "/tasks"),
            ("ordering", "/returns"),
        )
    ]
    sales = await shop.get("reporting", "/reports/orders-by-status")
    return [order, payment, lists, await shop.level(sku), await shop.statuses(order_id), sales]
