"""Money: taken once, given back once, whatever the provider answers and whoever changes their mind."""

import asyncio
from typing import Any

import pytest

from tests.support.disturbances import holding
from tests.support.listener import until
from tests.support.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOTAL = 1999


async def _charges(shop: Shop, order_id: str) -> list[tuple[str, int, int]]:
    """What the provider's own list says: status, amount, refunded."""
    async with shop.sql() as connection:
        rows = await connection.fetch(
            "select status, amount, refunded from paying.provider_charges where key = $1", order_id
        )
    return [tuple(row) for row in rows]


async def _confirm(shop: Shop, order_id: str) -> int:
    return (await shop.call("paying", "POST", f"/payment-intents/{order_id}/confirm")).status


async def _give_up(shop: Shop, order_id: str) -> int:
    return (await shop.call("paying", "POST", f"/payment-intents/{order_id}/cancel")).status


def _payment_is(status: str) -> Any:
    return lambda order: order["payment"]["status"] == status


@pytest.mark.parametrize(
    ("token", "reason"), [("tok_declined", "declined"), ("tok_insufficient_funds", "insufficient_funds")]
)
async def test_a_declined_card_fails_the_order_and_frees_its_goods(shop: Shop, token: str, reason: str) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 1}, token=token)
    order = await shop.until(placed["id"], "failed")
    assert (order["payment"]["status"], order["reason"]) == ("declined", f"payment {reason}")
    await shop.until_it(placed["id"], lambda o: o["inventory"]["status"] == "released")
    assert await shop.statuses(placed["id"]) == ["created", "reserved", "failed"]
    assert await shop.level(sku) == (3, 0)
    assert await _charges(shop, placed["id"]) == []
    await shop.assert_clean()


async def test_a_payment_whose_answer_is_lost_is_taken_exactly_once(shop: Shop) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 1}, token="tok_timeout")
    order = await shop.until(placed["id"], "completed")
    assert order["payment"]["status"] == "approved"
    assert await _charges(shop, placed["id"]) == [("captured", TOTAL, 0)]
    assert (await shop.events(placed["id"])).count("PaymentSucceeded") == 1
    await shop.assert_clean()


async def test_an_order_canceled_while_the_payments_answer_is_lost_gets_its_money_back(shop: Shop) -> None:
    """The provider has taken the money and nobody knows: the void under the same key finds it."""
    sku = await shop.product(3)
    placed = await shop.order({sku: 1}, token="tok_timeout")
    await _asked(shop, placed["id"])
    answer = await shop.cancel(placed["id"])
    assert (answer.status, answer.json()["status"]) == (200, "canceled")
    await shop.until_it(placed["id"], _payment_is("refunded"))
    assert await _charges(shop, placed["id"]) == [("captured", TOTAL, TOTAL)]
    told = await shop.events(placed["id"])
    assert (told.count("PaymentSucceeded"), told.count("PaymentCaptured"), told.count("PaymentRefunded")) == (0, 1, 1)
    assert await shop.credits(placed["id"]) == []
    await shop.assert_clean()


async def _asked(shop: Shop, order_id: str) -> None:
    """Until the provider has taken the money and its answer is lost."""
    await until(lambda: _charges(shop, order_id), bool)


async def test_cancels_around_a_lost_answer_end_every_payment_in_one_way(shop: Shop) -> None:
    sku = await shop.product(100)
    placed = await asyncio.gather(*(shop.order({sku: 1}, token="tok_timeout") for _ in range(24)))

    async def cancel(order_id: str, delay_s: float) -> int:
        await asyncio.sleep(delay_s)
        return (await shop.cancel(order_id)).status

    ids = [order["id"] for order in placed]
    answers = await asyncio.gather(*(cancel(order_id, turn * 0.06) for turn, order_id in enumerate(ids)))
    assert set(answers) <= {200, 202}
    for order_id in ids:
        await shop.until(order_id, "canceled")
        order = await shop.until_it(order_id, lambda o: o["payment"]["status"] in ("refunded", "voided"), seconds=40)
        charges = await _charges(shop, order_id)
        if order["payment"]["status"] == "refunded":
            assert charges == [("captured", TOTAL, TOTAL)]
        else:
            assert charges == [] or charges[0][0] == "voided"
    assert await shop.level(sku) == (100, 0)
    await shop.assert_clean()


async def test_a_pending_card_waits_for_its_payer(shop: Shop) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 1}, token="tok_pending")
    await shop.until(placed["id"], "reserved")
    await _waits_for_payer(shop, placed["id"])
    assert await _confirm(shop, placed["id"]) == 200
    assert (await shop.until(placed["id"], "completed"))["payment"]["status"] == "approved"
    assert await _confirm(shop, placed["id"]) == 409
    assert await _charges(shop, placed["id"]) == [("captured", TOTAL, 0)]
    await shop.assert_clean()


async def _waits_for_payer(shop: Shop, order_id: str) -> None:
    await _known(shop, order_id)
    await until(lambda: shop.payment(order_id), lambda payment: payment["waits_for"] == "payer")


async def test_a_pending_card_of_a_canceled_order_is_voided_at_the_provider(shop: Shop) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 1}, token="tok_pending")
    await shop.until(placed["id"], "reserved")
    await _waits_for_payer(shop, placed["id"])
    assert (await shop.cancel(placed["id"])).status == 200
    await shop.until_it(placed["id"], _payment_is("voided"))
    assert await _charges(shop, placed["id"]) == [("voided", TOTAL, 0)]
    await shop.assert_clean()


async def test_a_payer_and_a_cancel_at_the_same_moment_end_in_one_outcome(shop: Shop) -> None:
    sku = await shop.product(50)
    placed = await asyncio.gather(*(shop.order({sku: 1}, token="tok_pending") for _ in range(15)))
    ids = [order["id"] for order in placed]
    for order_id in ids:
        await _waits_for_payer(shop, order_id)
    acts = [act(order_id) for order_id in ids for act in (lambda i: _confirm(shop, i), lambda i: _cancel(shop, i))]
    await asyncio.gather(*acts)
    for order_id in ids:
        await shop.until(order_id, "canceled")
        await shop.until_it(order_id, lambda o: o["payment"]["status"] in ("voided", "refunded"), seconds=40)
    await shop.settled()
    assert await shop.level(sku) == (50, 0)
    await shop.assert_clean()


async def _cancel(shop: Shop, order_id: str) -> int:
    return (await shop.cancel(order_id)).status


async def test_a_transfer_waits_reserved_until_staff_record_it(shop: Shop) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 1}, method="bank_transfer")
    await shop.until(placed["id"], "reserved")
    assert (await shop.payment(placed["id"]))["waits_for"] == "receipt"
    assert await _confirm(shop, placed["id"]) == 200
    assert (await shop.until(placed["id"], "completed"))["payment"]["status"] == "approved"
    assert await _confirm(shop, placed["id"]) == 409
    await shop.assert_clean()


async def test_a_transfer_may_arrive_before_the_goods_are_reserved(shop: Shop) -> None:
    sku = await shop.product(3)
    async with holding(shop, "stocking"):
        placed = await shop.order({sku: 1}, method="bank_transfer")
        await _known(shop, placed["id"])
        assert await _confirm(shop, placed["id"]) == 200
        await shop.until_it(placed["id"], _payment_is("approved"))
        assert (await shop.seen(placed["id"]))["status"] == "created"
    assert (await shop.until(placed["id"]))["status"] == "completed"
    await shop.assert_clean()


async def test_a_transfer_for_goods_that_are_not_there_goes_back(shop: Shop) -> None:
    sku = await shop.product(1)
    async with holding(shop, "stocking"):
        placed = await shop.order({sku: 2}, method="bank_transfer")
        await _known(shop, placed["id"])
        assert await _confirm(shop, placed["id"]) == 200
    assert (await shop.until(placed["id"]))["status"] == "failed"
    await shop.until_it(placed["id"], _payment_is("refunded"))
    assert await shop.credits(placed["id"]) == []
    await shop.assert_clean()


async def _known(shop: Shop, order_id: str) -> None:
    """Until paying knows of the order."""
    path = f"/payment-intents/{order_id}"
    await until(lambda: shop.call("paying", "GET", path), lambda answer: answer.status == 200)


async def test_money_that_arrives_for_an_order_that_is_over_is_taken_and_sent_back_unasked(shop: Shop) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 1}, method="bank_transfer")
    await shop.until(placed["id"], "reserved")
    assert (await shop.cancel(placed["id"])).status == 200
    await shop.until_it(placed["id"], _payment_is("voided"))
    assert await _confirm(shop, placed["id"]) == 200
    order = await shop.until_it(placed["id"], _payment_is("refunded"))
    assert order["status"] == "canceled"
    told = await shop.events(placed["id"])
    assert (told.count("PaymentSucceeded"), told.count("PaymentCaptured"), told.count("PaymentRefunded")) == (0, 1, 1)
    assert await shop.credits(placed["id"]) == []
    await shop.assert_clean()


async def test_staff_give_up_an_unpaid_payment_and_the_order_fails(shop: Shop) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 1}, method="bank_transfer")
    await shop.until(placed["id"], "reserved")
    assert await _give_up(shop, placed["id"]) == 200
    order = await shop.until(placed["id"], "failed")
    assert (order["payment"]["status"], order["reason"]) == ("declined", "payment canceled")
    await shop.settled()
    assert await shop.level(sku) == (3, 0)
    await shop.assert_clean()


@pytest.mark.parametrize("method", ["card", "on_delivery"])
async def test_a_certain_payment_cannot_be_given_up(shop: Shop, method: str) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 1}, method=method)
    await shop.until(placed["id"], "completed")
    assert await _give_up(shop, placed["id"]) == 409
    await shop.assert_clean()


async def test_what_is_paid_on_delivery_is_captured_when_the_parcel_arrives(shop: Shop) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 1}, method="on_delivery")
    order = await shop.until(placed["id"], "completed")
    assert order["payment"]["status"] == "outstanding"
    assert (await shop.payment(placed["id"]))["outstanding"]["amount"] == TOTAL
    await shop.move_parcel(placed["id"], "dispatch")
    await shop.move_parcel(placed["id"], "deliver")
    await shop.until_it(placed["id"], _payment_is("approved"))
    told = await shop.events(placed["id"])
    assert (told.count("PaymentSucceeded"), told.count("PaymentCaptured")) == (1, 1)
    await shop.assert_clean()


async def test_a_parcel_refused_at_the_door_is_not_paid_and_its_invoice_is_credited(shop: Shop) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 1}, method="on_delivery")
    await shop.until(placed["id"], "completed")
    await shop.move_parcel(placed["id"], "dispatch")
    assert (await shop.move_parcel(placed["id"], "return", {"restockable": True})).status == 200
    order = await shop.until_it(placed["id"], _payment_is("voided"))
    await shop.settled()
    assert (order["status"], (await shop.seen(placed["id"]))["fulfillment"]["status"]) == ("completed", "returned")
    assert await shop.credits(placed["id"]) == [("not_delivered", TOTAL)]
    assert await shop.level(sku) == (3, 0)
    await shop.assert_clean()


async def test_an_order_to_be_paid_on_delivery_is_canceled_without_a_refund(shop: Shop) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 1}, method="on_delivery")
    await shop.until(placed["id"], "completed")
    assert (await shop.cancel(placed["id"])).status == 202
    await shop.until(placed["id"], "canceled")
    await shop.until_it(placed["id"], _payment_is("voided"))
    await shop.settled()
    assert await shop.credits(placed["id"]) == [("undone", TOTAL)]
    assert await shop.refunds(placed["id"]) == []
    await shop.assert_clean()
