"""Goods: who gets them, and what comes back."""

import asyncio

import pytest

from comanda.kernel.ids import new_id
from tests.support.disturbances import holding
from tests.support.services import STAFF
from tests.support.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_order_of_which_one_line_is_missing_fails_and_takes_nothing(shop: Shop) -> None:
    there, missing = await shop.product(5), await shop.product(1)
    placed = await shop.order({there: 2, missing: 2})
    order = await shop.until(placed["id"], "failed")
    assert (order["inventory"]["status"], order["reason"]) == ("insufficient", "out of stock")
    assert await shop.statuses(placed["id"]) == ["created", "failed"]
    assert await shop.level(there) == (5, 0) and await shop.level(missing) == (1, 0)
    await shop.settled()
    assert (await shop.payment(placed["id"]))["status"] == "voided"
    assert (await shop.invoice(placed["id"]))["status"] == "void"
    assert await shop.messages(placed["id"]) == [("created", "sent"), ("failed", "sent")]
    await shop.assert_clean()


async def test_two_lines_of_the_same_product_want_their_sum(shop: Shop) -> None:
    sku = await shop.product(3)
    body = shop.body({sku: 2})
    body["lines"] *= 2
    placed = (await shop.call("ordering", "POST", "/orders", body)).json()
    assert (await shop.until(placed["id"]))["status"] == "failed"
    await shop.assert_clean()


async def test_the_last_item_wanted_by_a_thousand_goes_to_one_buyer(shop: Shop) -> None:
    sku = await shop.product(1)
    placed = await asyncio.gather(*(shop.order({sku: 1}) for _ in range(1_000)))
    statuses = await shop.ended([order["id"] for order in placed])
    assert sorted(statuses.values()) == ["completed"] + ["failed"] * 999
    await shop.settled()
    assert await shop.level(sku) == (0, 0)
    await shop.assert_clean()


async def test_carts_with_the_same_goods_in_reverse_order_never_block_each_other(shop: Shop) -> None:
    a, b = await shop.product(1_000), await shop.product(1_000)
    orders = [shop.order({a: 1, b: 1} if turn % 2 else {b: 1, a: 1}) for turn in range(200)]
    placed = await asyncio.gather(*orders)
    statuses = await shop.ended([order["id"] for order in placed])
    assert sorted(statuses.values()) == ["completed"] * 200
    assert {await shop.level(sku) for sku in (a, b)} == {(800, 0)}
    assert await _deadlocks(shop) == 0
    await shop.assert_clean()


async def _deadlocks(shop: Shop) -> int:
    """How many deadlocks PostgreSQL has broken up in the shop's database."""
    async with shop.sql() as connection:
        await connection.execute("select pg_stat_force_next_flush()")
        return int(
            await connection.fetchval("select deadlocks from pg_stat_database where datname = current_database()")
        )


async def test_a_parcel_the_carrier_refuses_fails_the_order_and_undoes_all_of_it(shop: Shop) -> None:
    sku = await shop.product(4)
    address = shop.body({sku: 1})["shipping_address"] | {"postal_code": "FAIL 1"}
    placed = await shop.order({sku: 1}, shipping_address=address)
    order = await shop.until(placed["id"], "failed")
    assert await shop.statuses(placed["id"]) == ["created", "reserved", "paid", "failed"]
    assert "FAIL 1" in order["reason"]
    await shop.until_it(placed["id"], lambda o: o["payment"]["status"] == "refunded")
    await shop.settled()
    assert await shop.level(sku) == (4, 0)
    assert (await shop.invoice(placed["id"]))["status"] == "credited"
    assert await shop.credits(placed["id"]) == [("undone", 1999)]
    assert (await shop.seen(placed["id"]))["inventory"]["status"] == "released"
    await shop.assert_clean()


async def test_a_parcel_fails_or_is_canceled_before_its_dispatch_only(shop: Shop) -> None:
    sku = await shop.product(4)
    gone = await shop.order({sku: 1})
    await shop.until(gone["id"], "completed")
    assert (await shop.move_parcel(gone["id"], "dispatch")).status == 200
    assert (await shop.move_parcel(gone["id"], "fail")).status == 409
    assert (await shop.move_parcel(gone["id"], "cancel")).status == 409
    assert (await shop.move_parcel(gone["id"], "dispatch")).status == 409
    kept = await shop.order({sku: 1})
    await shop.until(kept["id"], "completed")
    assert (await shop.move_parcel(kept["id"], "fail", {"reason": "truck broke down"})).status == 200
    order = await shop.until(kept["id"], "failed")
    assert order["reason"] == "truck broke down"
    parcel = await shop.shipment(kept["id"])
    assert (parcel["status"], parcel["label"]) == ("failed", "void")
    assert (await shop.call("shipping", "GET", f"/shipments/{parcel['id']}/label.zpl")).status == 409
    await shop.assert_clean()


async def test_a_managed_order_gets_neither_a_second_parcel_nor_its_reservation_deleted(shop: Shop) -> None:
    sku = await shop.product(4)
    placed = await shop.order({sku: 1}, method="bank_transfer")
    await shop.until(placed["id"], "reserved")
    deleted = await shop.call("stocking", "DELETE", f"/reservations/{placed['id']}")
    assert deleted.status == 409
    parcel = {
        "order_id": placed["id"],
        "lines": [{"sku": sku, "quantity": 1}],
        "value": {"amount": 1999, "currency": "EUR"},
        "shipping_address": shop.body({sku: 1})["shipping_address"],
    }
    assert (await shop.call("shipping", "POST", "/shipments", parcel)).status == 409
    assert (await shop.call("shipping", "POST", "/shipments", parcel | {"order_id": new_id()})).status in (404, 409)
    assert (await shop.cancel(placed["id"])).status == 200
    await shop.assert_clean()


async def test_goods_never_come_back_twice_whoever_sends_them_back(shop: Shop) -> None:
    """Refunded with restocking, then the order is canceled: only what the refund left comes back."""
    sku = await shop.product(10)
    placed = await shop.order({sku: 3})
    await shop.until(placed["id"], "completed")
    refund = {"order_id": placed["id"], "lines": [{"sku": sku, "quantity": 2}], "reason": "two spare", "restock": True}
    await shop.post("paying", "/refunds", refund)
    await shop.settled()
    assert await shop.level(sku) == (9, 0)
    assert (await shop.cancel(placed["id"])).status == 202
    await shop.until(placed["id"], "canceled")
    await shop.settled()
    assert await shop.level(sku) == (10, 0)
    ledger = (await shop.get("stocking", f"/stock/{sku}/movements"))["items"]
    assert [(line["kind"], line["delta"]) for line in ledger] == [
        ("undone", 1),
        ("returned", 2),
        ("sold", -3),
        ("adjusted", 10),
    ]
    await shop.assert_clean()


async def test_pieces_that_are_promised_cannot_be_counted_out(shop: Shop) -> None:
    sku = await shop.product(5)
    placed = await shop.order({sku: 4}, method="bank_transfer")
    await shop.until(placed["id"], "reserved")
    answer = await shop.call("stocking", "POST", f"/stock/{sku}/adjustments", {"delta": -2, "reason": "broken"})
    assert answer.status == 409
    assert await shop.level(sku) == (5, 4)
    assert (await shop.cancel(placed["id"])).status == 200
    await shop.until_it(placed["id"], lambda order: order["inventory"]["status"] == "released")
    await shop.assert_clean()


async def test_a_product_that_is_retired_cannot_be_ordered_and_placed_orders_go_on(shop: Shop) -> None:
    sku = await shop.product(5)
    async with holding(shop, "stocking"):
        placed = await shop.order({sku: 1})
        assert (await shop.call("cataloging", "DELETE", f"/products/{sku}")).status in (200, 204)
    assert (await shop.until(placed["id"]))["status"] == "completed"
    answer = await shop.services.call("ordering", STAFF)("POST", "/orders", shop.body({sku: 1}))
    assert answer.status == 409
    await shop.assert_clean()
