"""What buyers are told, and what becomes of an order when they cannot be."""

from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.support.disturbances import holding, setting
from tests.support.listener import until
from tests.support.services import STAFF, customer
from tests.support.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOUNCES = "ada@bounce.invalid"


def _may_fail(shop: Shop) -> Any:
    """Orders whose buyer cannot be told fail, for as long as the block lasts."""
    return setting(shop, "ordering", "ordering.notification_failure", "fail")


async def test_an_order_whose_buyer_cannot_be_told_completes_with_a_task_for_staff(shop: Shop) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 1}, email=BOUNCES)
    order = await shop.until(placed["id"], "completed")
    assert order["confirmation"]["status"] == "failed"
    (task,) = await until(lambda: shop.items("ordering", "/tasks", placed["id"]), bool)
    assert task["kind"] == "tell_customer"
    assert await shop.messages(placed["id"]) == [("created", "failed"), ("confirmed", "failed")]
    await shop.assert_clean()


async def test_a_setting_has_such_an_order_undone_and_failed(shop: Shop) -> None:
    sku = await shop.product(3)
    async with _may_fail(shop):
        placed = await shop.order({sku: 1}, email=BOUNCES)
        order = await shop.until(placed["id"], "failed")
    assert order["cancel_requested"] is False
    assert order["reason"] == "the customer could not be told"
    statuses = await shop.statuses(placed["id"])
    assert statuses == ["created", "reserved", "paid", "shipping_scheduled", "failed"]
    await shop.until_it(placed["id"], lambda o: o["payment"]["status"] == "refunded")
    await shop.settled()
    assert await shop.level(sku) == (3, 0)
    assert await shop.credits(placed["id"]) == [("undone", 1999)]
    assert await shop.items("ordering", "/tasks", placed["id"]) == []
    await shop.assert_clean()


async def test_a_customer_who_cancels_while_the_setting_asks_has_canceled(shop: Shop) -> None:
    sku = await shop.product(3)
    async with _may_fail(shop), AsyncExitStack() as shipping_held:
        async with holding(shop, "notifying"):
            placed = await shop.order({sku: 1}, email=BOUNCES)
            await shop.until(placed["id"], "shipping_scheduled")
            await shipping_held.enter_async_context(holding(shop, "shipping"))
        await until(lambda: shop.events(placed["id"]), lambda told: "OrderCancelRequested" in told)
        assert (await shop.seen(placed["id"]))["cancel_requested"] is False
        assert (await shop.cancel(placed["id"])).status == 202
        await shipping_held.aclose()
        order = await shop.until(placed["id"], "canceled")
    assert order["reason"] == "canceled"
    await shop.until_it(placed["id"], lambda o: o["payment"]["status"] == "refunded")
    assert (await shop.events(placed["id"])).count("OrderCancelRequested") == 1
    await shop.assert_clean()


async def test_a_parcel_that_has_left_completes_the_order_whatever_the_setting_says(shop: Shop) -> None:
    sku = await shop.product(3)
    async with _may_fail(shop):
        async with holding(shop, "notifying"):
            placed = await shop.order({sku: 1}, email=BOUNCES)
            await shop.until(placed["id"], "shipping_scheduled")
            assert (await shop.move_parcel(placed["id"], "dispatch")).status == 200
            await shop.until_it(placed["id"], lambda o: o["fulfillment"]["status"] == "shipped")
        order = await shop.until(placed["id"], "completed")
    assert order["confirmation"]["status"] == "failed"
    assert [task["kind"] for task in await shop.items("ordering", "/tasks", placed["id"])] == ["tell_customer"]
    await shop.assert_clean()


async def test_without_an_address_the_confirmation_is_skipped_and_the_order_completes(shop: Shop) -> None:
    sku = await shop.product(3)
    body = shop.body({sku: 1})
    del body["email"]
    placed = (await shop.call("ordering", "POST", "/orders", body | {"customer_id": "walk-in"})).json()
    order = await shop.until(placed["id"], "completed")
    assert order["confirmation"]["status"] == "skipped"
    assert await shop.messages(placed["id"]) == [("created", "skipped"), ("confirmed", "skipped")]
    await shop.assert_clean()


async def test_a_text_message_makes_up_for_an_address_that_does_not_exist(shop: Shop) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 1}, email=BOUNCES, sms="+351911111111")
    order = await shop.until(placed["id"], "completed")
    assert order["confirmation"]["status"] == "sent"
    assert await shop.items("ordering", "/tasks", placed["id"]) == []
    await shop.assert_clean()


async def test_preferences_never_suppress_the_confirmation(shop: Shop) -> None:
    sku, quiet = await shop.product(3), customer("quiet")
    muted = {"muted_channels": ["email", "sms"], "muted_milestones": ["created"]}
    answer = await shop.services.call("notifying", quiet)("PUT", "/preferences/quiet", muted)
    assert answer.status == 200
    placed = await shop.order({sku: 1}, by=quiet)
    await shop.until(placed["id"], "completed")
    assert await shop.messages(placed["id"]) == [("created", "skipped"), ("confirmed", "sent")]
    await shop.assert_clean()


async def test_every_refund_is_told_once_and_messages_come_in_the_order_of_the_facts(shop: Shop) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 2})
    await shop.until(placed["id"], "completed")
    assert (await shop.move_parcel(placed["id"], "dispatch")).status == 200
    assert (await shop.move_parcel(placed["id"], "deliver")).status == 200
    for amount in (100, 200):
        refund = {"order_id": placed["id"], "amount": {"amount": amount, "currency": "EUR"}, "reason": "scratched"}
        await shop.post("paying", "/refunds", refund)
        await shop.settled()
    log = await shop.items("notifying", "/notifications", placed["id"])
    assert [entry["milestone"] for entry in log] == ["created", "confirmed", "shipped", "delivered"] + ["refunded"] * 2
    causes = [entry["cause"] for entry in log if entry["milestone"] == "refunded"]
    assert causes == [refund["id"] for refund in await shop.refunds(placed["id"])]
    await shop.assert_clean()


async def test_a_message_of_the_way_forward_is_not_resent_once_the_order_is_undone(shop: Shop) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 1}, method="bank_transfer")
    await shop.until(placed["id"], "reserved")
    (created,) = await until(lambda: shop.items("notifying", "/notifications", placed["id"]), bool)
    assert (await shop.call("notifying", "POST", f"/notifications/{created['id']}/resend")).status == 201
    assert (await shop.cancel(placed["id"])).status == 200
    await shop.settled()
    refused = await shop.call("notifying", "POST", f"/notifications/{created['id']}/resend")
    assert (refused.status, refused.json()["type"]) == (409, "urn:comanda:problem:order-undone")
    log = await shop.items("notifying", "/notifications", placed["id"])
    assert [(entry["milestone"], entry["copy_number"]) for entry in log] == [
        ("created", 0),
        ("created", 1),
        ("canceled", 0),
    ]
    await shop.assert_clean()


async def test_a_confirmation_resent_to_another_address_settles_the_task(shop: Shop) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 1}, email=BOUNCES)
    await shop.until(placed["id"], "completed")
    await until(lambda: shop.items("ordering", "/tasks", placed["id"]), bool)
    log = await shop.items("notifying", "/notifications", placed["id"])
    (confirmation,) = [entry for entry in log if entry["milestone"] == "confirmed"]
    resend = shop.services.call("notifying", STAFF)
    path = f"/notifications/{confirmation['id']}/resend"
    assert (await resend("POST", path, {"to": "ada@example.org"})).status == 201
    await shop.until_it(placed["id"], lambda o: o["confirmation"]["status"] == "sent")
    assert await until(lambda: shop.items("ordering", "/tasks", placed["id"]), lambda tasks: not tasks) == []
    await shop.assert_clean()
