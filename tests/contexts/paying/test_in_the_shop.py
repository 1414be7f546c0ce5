"""Payments of every kind in a whole running shop, from the order to the last refund, with a clean audit behind each."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from comanda.platform.postgres import EmbeddedPostgres
from tests.support.database import cloned_database
from tests.support.shop import Shop, open_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(postgres: EmbeddedPostgres) -> AsyncIterator[Shop]:
    """A running shop."""
    async with cloned_database(postgres) as database, open_shop(database) as opened:
        yield opened


async def ordered(shop: Shop, **payment: Any) -> str:
    placed = await shop.order({await shop.product(9): 2}, **payment)
    return str(placed["id"])


def payment_is(status: str) -> Any:
    return lambda order: order["payment"]["status"] == status


async def test_a_lost_answer_is_settled_and_the_order_completes(shop: Shop) -> None:
    order = await ordered(shop, token="tok_timeout")
    await shop.until(order, "completed")
    assert (await shop.events(order)).count("PaymentSucceeded") == 1
    await shop.settled()
    await shop.assert_clean()


@pytest.mark.parametrize("token", ["tok_declined", "tok_insufficient_funds"])
async def test_a_declined_card_fails_the_order(shop: Shop, token: str) -> None:
    order = await ordered(shop, token=token)
    assert (await shop.until(order))["status"] == "failed"
    await shop.settled()
    assert (await shop.payment(order))["reason"] == token.removeprefix("tok_")
    await shop.assert_clean()


async def test_a_pending_card_waits_for_its_payer(shop: Shop) -> None:
    order = await ordered(shop, token="tok_pending")
    await shop.until(order, "reserved")
    await shop.settled()
    assert (await shop.payment(order))["waits_for"] == "payer"
    await shop.post("paying", f"/payment-intents/{order}/confirm")
    await shop.until(order, "completed")
    await shop.assert_clean()


async def test_a_transfer_completes_the_order_when_its_receipt_is_recorded(shop: Shop) -> None:
    order = await ordered(shop, method="bank_transfer")
    await shop.until(order, "reserved")
    await shop.post("paying", f"/payment-intents/{order}/confirm")
    assert (await shop.until(order, "completed"))["payment"]["status"] == "approved"
    await shop.settled()
    await shop.assert_clean()


async def test_a_transfer_after_the_cancel_is_sent_back(shop: Shop) -> None:
    order = await ordered(shop, method="bank_transfer")
    await shop.until(order, "reserved")
    assert (await shop.cancel(order)).status == 200
    await shop.settled()
    await shop.post("paying", f"/payment-intents/{order}/confirm")
    await shop.until_it(order, payment_is("refunded"))
    await shop.settled()
    await shop.assert_clean()


async def test_what_is_due_on_delivery_is_paid_by_the_delivery(shop: Shop) -> None:
    order = await ordered(shop, method="on_delivery")
    assert (await shop.until(order, "completed"))["payment"]["status"] == "outstanding"
    await shop.settled()
    await shop.move_parcel(order, "dispatch")
    await shop.move_parcel(order, "deliver")
    await shop.until_it(order, payment_is("approved"))
    await shop.settled()
    await shop.assert_clean()


async def test_a_parcel_refused_at_the_door_voids_what_was_due(shop: Shop) -> None:
    order = await ordered(shop, method="on_delivery")
    await shop.until(order, "completed")
    await shop.settled()
    await shop.move_parcel(order, "dispatch")
    assert (await shop.move_parcel(order, "return", {"restockable": True})).status == 200
    await shop.until_it(order, payment_is("voided"))
    await shop.settled()
    assert [amount for _, amount in await shop.credits(order)] == [2 * 1999]
    await shop.assert_clean()


async def test_refunds_by_lines_and_amount_are_credited_and_restocked(shop: Shop) -> None:
    sku = await shop.product(9)
    placed = await shop.order({sku: 2})
    order = str(placed["id"])
    await shop.until(order, "completed")
    await shop.settled()
    body = {"order_id": order, "lines": [{"sku": sku, "quantity": 1}], "reason": "scratched", "restock": True}
    assert (await shop.post("paying", "/refunds", body, key="r1"))["amount"]["amount"] == 1999
    await shop.until_it(order, payment_is("partially_refunded"))
    await shop.post("paying", "/refunds", {"order_id": order, "reason": "and the rest"})
    await shop.until_it(order, payment_is("refunded"))
    await shop.settled()
    assert await shop.credits(order) == [("staff", 1999), ("staff", 1999)]
    assert await shop.level(sku) == (8, 0)
    await shop.assert_clean()


async def test_a_refund_that_is_refused_stays_listed_until_staff_settle_it(shop: Shop) -> None:
    order = await ordered(shop, token="tok_refund_fails")
    await shop.until(order, "completed")
    assert (await shop.cancel(order)).status == 202
    await shop.until(order, "canceled")
    await shop.settled()
    (refund,) = await shop.refunds(order)
    assert (refund["status"], refund["cause"]) == ("failed", "undone")
    await shop.assert_clean()
    await shop.post("paying", f"/refunds/{refund['id']}/settle", {"note": "paid in cash"})
    await shop.until_it(order, payment_is("refunded"))
    await shop.settled()
    await shop.assert_clean()


async def test_staff_who_give_up_an_unpaid_payment_fail_the_order(shop: Shop) -> None:
    order = await ordered(shop, method="bank_transfer")
    await shop.until(order, "reserved")
    await shop.post("paying", f"/payment-intents/{order}/cancel")
    assert (await shop.until(order))["status"] == "failed"
    await shop.settled()
    await shop.assert_clean()
