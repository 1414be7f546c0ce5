"""What goes back: refunds, returns, and the credit notes for both."""

import asyncio
from typing import Any

import pytest

from comanda.platform.auth import ANONYMOUS
from tests.support.disturbances import holding
from tests.support.listener import until
from tests.support.services import customer
from tests.support.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

PRICE = 1000


async def _bought(shop: Shop, quantity: int = 3, *, token: str = "tok_approved", **more: Any) -> tuple[str, str]:
    """A completed order of so many pieces of a new product at 10 euros; answers its id and the product's sku."""
    sku = await shop.product(10, price=PRICE)
    placed = await shop.order({sku: quantity}, token=token, **more)
    await shop.until(placed["id"], "completed")
    return placed["id"], sku


async def _delivered(shop: Shop, quantity: int = 3, **more: Any) -> tuple[str, str]:
    order_id, sku = await _bought(shop, quantity, **more)
    assert (await shop.move_parcel(order_id, "dispatch")).status == 200
    assert (await shop.move_parcel(order_id, "deliver")).status == 200
    await shop.until_it(order_id, lambda order: order["fulfillment"]["status"] == "delivered")
    return order_id, sku


def _cents(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


async def _refund(shop: Shop, order_id: str, **what: Any) -> int:
    body = {"order_id": order_id, "reason": "staff were kind", **what}
    return (await shop.call("paying", "POST", "/refunds", body)).status


async def test_part_of_the_money_goes_back_and_is_credited(shop: Shop) -> None:
    order_id, sku = await _bought(shop)
    assert await _refund(shop, order_id, amount=_cents(500)) == 201
    await shop.until_it(order_id, lambda order: order["payment"]["status"] == "partially_refunded")
    assert await _refund(shop, order_id, lines=[{"sku": sku, "quantity": 1}]) == 201
    await shop.settled()
    assert await shop.credits(order_id) == [("staff", 500), ("staff", PRICE)]
    assert (await shop.invoice(order_id))["credited"] == _cents(1500)
    assert await shop.level(sku) == (7, 0)
    told = [milestone for milestone, _ in await shop.messages(order_id)]
    assert told == ["created", "confirmed", "refunded", "refunded"]
    assert await _refund(shop, order_id, amount=_cents(1501)) == 409
    assert await _refund(shop, order_id, amount=_cents(1500)) == 201
    order = await shop.until_it(order_id, lambda order: order["payment"]["status"] == "refunded")
    await shop.settled()
    assert (order["status"], (await shop.seen(order_id))["invoice"]["status"]) == ("completed", "credited")
    assert await _refund(shop, order_id) == 409
    await shop.assert_clean()


async def test_refunded_pieces_go_back_on_the_shelf_if_staff_say_so(shop: Shop) -> None:
    order_id, sku = await _bought(shop)
    assert await _refund(shop, order_id, lines=[{"sku": sku, "quantity": 1}], restock=True) == 201
    await shop.settled()
    assert await shop.level(sku) == (8, 0)
    assert await _refund(shop, order_id, restock=True) == 201
    await shop.settled()
    assert await shop.level(sku) == (10, 0)
    assert [refund["amount"]["amount"] for refund in await shop.refunds(order_id)] == [1000, 2000]
    await shop.assert_clean()


async def test_fifty_full_refunds_at_once_send_the_money_back_once(shop: Shop) -> None:
    order_id, _ = await _bought(shop)
    answers = await asyncio.gather(*(_refund(shop, order_id) for _ in range(50)))
    assert sorted(answers) == [201] + [409] * 49
    await shop.until_it(order_id, lambda order: order["payment"]["status"] == "refunded")
    await shop.settled()
    assert await shop.credits(order_id) == [("staff", 3 * PRICE)]
    await shop.assert_clean()


async def test_partial_refunds_at_once_never_give_back_more_than_was_taken(shop: Shop) -> None:
    order_id, _ = await _bought(shop)
    answers = await asyncio.gather(*(_refund(shop, order_id, amount=_cents(700)) for _ in range(50)))
    assert sorted(answers) == [201] * 4 + [409] * 46
    await shop.settled()
    assert (await shop.payment(order_id))["refunded"] == _cents(2_800)
    assert sum(amount for _, amount in await shop.credits(order_id)) == 2_800
    await shop.assert_clean()


async def test_the_same_refund_asked_for_again_with_its_key_is_one_refund(shop: Shop) -> None:
    order_id, _ = await _bought(shop)
    body = {"order_id": order_id, "amount": _cents(100), "reason": "twice"}
    answers = [await shop.post("paying", "/refunds", body, key="refund-1") for _ in range(2)]
    assert answers[0] == answers[1]
    await shop.settled()
    assert len(await shop.refunds(order_id)) == 1
    await shop.assert_clean()


async def test_a_full_refund_before_the_dispatch_does_not_stop_the_parcel(shop: Shop) -> None:
    order_id, _ = await _bought(shop)
    assert await _refund(shop, order_id) == 201
    order = await shop.until_it(order_id, lambda order: order["payment"]["status"] == "refunded")
    assert (order["status"], order["fulfillment"]["status"]) == ("completed", "scheduled")
    assert (await shop.move_parcel(order_id, "dispatch")).status == 200
    await shop.assert_clean()


async def test_a_refunded_order_can_still_be_canceled_and_nothing_more_goes_back(shop: Shop) -> None:
    order_id, sku = await _bought(shop)
    assert await _refund(shop, order_id) == 201
    await shop.until_it(order_id, lambda order: order["payment"]["status"] == "refunded")
    assert (await shop.cancel(order_id)).status == 202
    await shop.until(order_id, "canceled")
    await shop.settled()
    assert await shop.level(sku) == (10, 0)
    assert (await shop.payment(order_id))["refunded"] == _cents(3 * PRICE)
    assert await shop.credits(order_id) == [("staff", 3 * PRICE)]
    await shop.assert_clean()


async def test_an_order_refunded_in_part_is_canceled_and_only_the_rest_goes_back(shop: Shop) -> None:
    order_id, _ = await _bought(shop)
    assert await _refund(shop, order_id, amount=_cents(700)) == 201
    assert (await shop.cancel(order_id)).status == 202
    await shop.until(order_id, "canceled")
    await shop.until_it(order_id, lambda order: order["payment"]["status"] == "refunded")
    await shop.settled()
    assert sorted(refund["amount"]["amount"] for refund in await shop.refunds(order_id)) == [700, 2300]
    assert sum(amount for _, amount in await shop.credits(order_id)) == 3 * PRICE
    await shop.assert_clean()


async def test_a_refund_whose_answer_is_lost_is_waited_for_before_the_rest_goes_back(shop: Shop) -> None:
    order_id, _ = await _bought(shop, token="tok_refund_timeout")
    assert await _refund(shop, order_id, amount=_cents(700)) == 201
    assert (await shop.cancel(order_id)).status == 202
    await shop.until_it(order_id, lambda order: order["payment"]["status"] == "refunded")
    await shop.settled()
    refunds = await shop.refunds(order_id)
    assert [(refund["cause"], refund["amount"]["amount"]) for refund in refunds] == [("staff", 700), ("undone", 2300)]
    await shop.assert_clean()


async def test_a_refund_that_the_provider_refuses_is_listed_for_staff_until_they_have_seen_to_it(shop: Shop) -> None:
    order_id, _ = await _bought(shop, token="tok_refund_fails")
    assert (await shop.cancel(order_id)).status == 202
    await shop.until(order_id, "canceled")
    (refund,) = await until(lambda: shop.items("paying", "/refunds", order_id, status="failed"), bool)
    assert (refund["cause"], refund["amount"]) == ("undone", _cents(3 * PRICE))
    await shop.settled()
    (task,) = await shop.items("ordering", "/tasks", order_id)
    assert (task["kind"], task["done_at"]) == ("refund_failed", None)
    await shop.assert_clean()
    settled = await shop.post("paying", f"/refunds/{refund['id']}/settle", {"note": "by bank transfer"})
    assert settled["status"] == "settled"
    await shop.until_it(order_id, lambda order: order["payment"]["status"] == "refunded")
    await shop.assert_clean()


async def test_a_refused_refund_is_tried_again_and_paid(shop: Shop) -> None:
    order_id, _ = await _bought(shop, token="tok_refund_fails_once")
    assert await _refund(shop, order_id) == 201
    (refund,) = await until(lambda: shop.items("paying", "/refunds", order_id, status="failed"), bool)
    await shop.post("paying", f"/refunds/{refund['id']}/retry")
    await shop.until_it(order_id, lambda order: order["payment"]["status"] == "refunded")
    await shop.settled()
    assert await shop.credits(order_id) == [("staff", 3 * PRICE)]
    await shop.assert_clean()


async def test_a_refund_that_billing_hears_of_with_the_order_itself_is_credited(shop: Shop) -> None:
    sku = await shop.product(10, price=PRICE)
    async with holding(shop, "billing"):
        placed = await shop.order({sku: 3})
        await shop.until(placed["id"], "completed")
        assert await _refund(shop, placed["id"], amount=_cents(500)) == 201
        await shop.until_it(placed["id"], lambda order: order["payment"]["status"] == "partially_refunded")
    await shop.settled()
    assert await shop.credits(placed["id"]) == [("staff", 500)]
    await shop.assert_clean()


async def _ask_return(shop: Shop, order_id: str, sku: str, quantity: int, **by: Any) -> Any:
    body = {"order_id": order_id, "lines": [{"sku": sku, "quantity": quantity}], "reason": "too small"}
    return await shop.call("ordering", "POST", "/returns", body, **by)


async def test_a_return_is_asked_for_approved_received_and_paid(shop: Shop) -> None:
    ada = customer("ada")
    order_id, sku = await _delivered(shop, by=ada)
    asked = await _ask_return(shop, order_id, sku, 2, by=ada)
    assert (asked.status, asked.json()["status"], asked.json()["value"]) == (201, "requested", _cents(2 * PRICE))
    return_id = asked.json()["id"]
    assert (await shop.call("ordering", "POST", f"/returns/{return_id}/approve", {}, by=ada)).status == 403
    approved = await shop.post("ordering", f"/returns/{return_id}/approve")
    assert approved["status"] == "approved"
    (parcel,) = await until(lambda: shop.returns_of(order_id), bool)
    assert (parcel["status"], parcel["return_id"]) == ("expected", return_id)
    received = await shop.post("shipping", f"/shipments/{parcel['id']}/return", {"restockable": True})
    assert received["status"] == "returned"
    await shop.until_it(order_id, lambda order: order["payment"]["status"] == "partially_refunded")
    await shop.settled()
    assert await shop.level(sku) == (9, 0)
    assert await shop.credits(order_id) == [("return", 2 * PRICE)]
    order = await shop.seen(order_id)
    assert (order["status"], order["fulfillment"]["status"]) == ("completed", "returned")
    page = await shop.get("ordering", "/returns", by=ada)
    assert [(item["id"], item["status"]) for item in page["items"]] == [(return_id, "received")]
    again = await shop.call("shipping", "POST", f"/shipments/{parcel['id']}/return", {"restockable": True})
    assert again.status == 409
    await shop.assert_clean()


async def test_a_guest_asks_for_a_return_with_the_orders_token(shop: Shop) -> None:
    sku = await shop.product(10, price=PRICE)
    placed = await shop.order({sku: 1})
    await shop.until(placed["id"], "completed")
    assert (await shop.move_parcel(placed["id"], "dispatch")).status == 200
    assert (await shop.move_parcel(placed["id"], "deliver")).status == 200
    await shop.until_it(placed["id"], lambda order: order["fulfillment"]["status"] == "delivered")
    body = {"order_id": placed["id"], "lines": [{"sku": sku, "quantity": 1}], "reason": "too small"}
    guest = shop.services.call("ordering", ANONYMOUS)
    assert (await guest("POST", "/returns", body)).status == 404
    assert (await guest("POST", "/returns", body, query={"token": placed["access_token"]})).status == 201
    await shop.assert_clean()


async def test_a_rejected_return_starts_nothing_and_its_pieces_may_be_asked_for_again(shop: Shop) -> None:
    order_id, sku = await _delivered(shop)
    asked = (await _ask_return(shop, order_id, sku, 3)).json()
    assert (await _ask_return(shop, order_id, sku, 1)).status == 409
    rejected = await shop.post("ordering", f"/returns/{asked['id']}/reject", {"reason": "worn"})
    assert rejected["status"] == "rejected"
    assert (await shop.call("ordering", "POST", f"/returns/{asked['id']}/approve", {})).status == 409
    assert (await _ask_return(shop, order_id, sku, 1)).status == 201
    await shop.settled()
    assert await shop.returns_of(order_id) == []
    await shop.assert_clean()


async def test_more_pieces_than_were_ordered_never_come_back(shop: Shop) -> None:
    order_id, sku = await _delivered(shop, 2)
    assert (await _ask_return(shop, order_id, sku, 3)).status == 409
    answers = await asyncio.gather(*(_ask_return(shop, order_id, sku, 1) for _ in range(6)))
    assert sorted(answer.status for answer in answers) == [201, 201, 409, 409, 409, 409]
    assert (await _ask_return(shop, order_id, await shop.product(1), 1)).status == 422
    await shop.assert_clean()


async def test_only_what_has_arrived_can_be_given_back(shop: Shop) -> None:
    order_id, sku = await _bought(shop)
    assert (await _ask_return(shop, order_id, sku, 1)).status == 409
    await shop.move_parcel(order_id, "dispatch")
    assert (await _ask_return(shop, order_id, sku, 1)).status == 409
    await shop.assert_clean()


async def test_a_return_of_refunded_pieces_pays_only_what_remains(shop: Shop) -> None:
    order_id, sku = await _delivered(shop, 2)
    assert await _refund(shop, order_id, amount=_cents(1500)) == 201
    await shop.until_it(order_id, lambda order: order["payment"]["status"] == "partially_refunded")
    await _received(shop, order_id, sku, 2)
    await shop.until_it(order_id, lambda order: order["payment"]["status"] == "refunded")
    await shop.settled()
    assert await shop.credits(order_id) == [("staff", 1500), ("return", 500)]
    await shop.assert_clean()


async def _received(shop: Shop, order_id: str, sku: str, quantity: int) -> None:
    asked = (await _ask_return(shop, order_id, sku, quantity)).json()
    await shop.post("ordering", f"/returns/{asked['id']}/approve")
    (parcel,) = await until(lambda: shop.returns_of(order_id), bool)
    await shop.post("shipping", f"/shipments/{parcel['id']}/return", {"restockable": True})


async def test_pieces_refunded_with_restocking_do_not_come_back_a_second_time_with_the_return(shop: Shop) -> None:
    order_id, sku = await _delivered(shop, 2)
    assert await _refund(shop, order_id, lines=[{"sku": sku, "quantity": 2}], restock=True) == 201
    await shop.until_it(order_id, lambda order: order["payment"]["status"] == "refunded")
    await _received(shop, order_id, sku, 2)
    await shop.settled()
    assert await shop.level(sku) == (10, 0)
    assert (await shop.payment(order_id))["refunded"] == _cents(2 * PRICE)
    await shop.assert_clean()


async def test_a_lost_parcel_is_refunded_and_nothing_goes_back_on_the_shelf(shop: Shop) -> None:
    order_id, sku = await _bought(shop)
    await shop.move_parcel(order_id, "dispatch")
    assert (await shop.move_parcel(order_id, "return", {"restockable": False})).status == 200
    await shop.until_it(order_id, lambda order: order["payment"]["status"] == "refunded")
    await shop.settled()
    assert await shop.level(sku) == (7, 0)
    assert (await shop.seen(order_id))["fulfillment"]["status"] == "returned"
    await shop.assert_clean()


async def test_a_delivered_parcel_comes_back_as_an_approved_return_only(shop: Shop) -> None:
    order_id, _ = await _delivered(shop)
    assert (await shop.move_parcel(order_id, "return", {"restockable": True})).status == 409
    await shop.assert_clean()
