"""Carts and idempotency keys: one order of one intent, however often and by however many it is sent."""

import asyncio
from typing import Any

import pytest

from comanda.platform.auth import ANONYMOUS, Principal
from comanda.platform.outbound import Answer
from tests.support.disturbances import holding
from tests.support.listener import until
from tests.support.services import STAFF, customer
from tests.support.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _cart(shop: Shop, lines: dict[str, int], by: Principal = ANONYMOUS) -> str:
    """A new cart with these lines; answers its id."""
    items = [{"sku": sku, "quantity": quantity} for sku, quantity in lines.items()]
    cart = await shop.post("carting", "/carts", {"items": items}, by=by)
    return str(cart["id"])


async def _status(shop: Shop, cart_id: str) -> str:
    return str((await shop.get("carting", f"/carts/{cart_id}"))["status"])


async def _until_cart(shop: Shop, cart_id: str, status: str) -> None:
    await until(lambda: _status(shop, cart_id), lambda seen: seen == status)


async def _check_out(
    shop: Shop, cart_id: str, *, by: Principal = ANONYMOUS, key: str | None = None, **more: Any
) -> Answer:
    body = shop.body({}, **more)
    del body["lines"]
    return await shop.services.call("ordering", by)("POST", "/orders", body | {"cart_id": cart_id}, key=key)


async def test_a_cart_becomes_an_order_and_is_closed(shop: Shop) -> None:
    mug, lamp = await shop.product(5), await shop.product(5, price=500)
    cart_id = await _cart(shop, {mug: 2, lamp: 1})
    quote = await shop.post("ordering", "/checkout", {"cart_id": cart_id, "shipping_address": {"country": "PT"}})
    assert quote["valid"], quote
    answer = await _check_out(shop, cart_id, expected_total=quote["totals"]["total"]["amount"])
    assert answer.status == 201, answer.body
    order = answer.json()
    assert order["totals"] == quote["totals"]
    await shop.until(order["id"], "completed")
    await _until_cart(shop, cart_id, "checked_out")
    assert (await _check_out(shop, cart_id)).status == 409
    assert (await shop.call("carting", "PUT", f"/carts/{cart_id}/items/{mug}", {"quantity": 1})).status == 409
    await shop.assert_clean()


async def test_a_cart_checked_out_by_fifty_at_once_becomes_one_order(shop: Shop) -> None:
    sku = await shop.product(500)
    cart_id = await _cart(shop, {sku: 2})
    answers = await asyncio.gather(*(_check_out(shop, cart_id, key=f"k{turn}") for turn in range(50)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 49
    (placed,) = [answer.json() for answer in answers if answer.status == 201]
    await shop.until(placed["id"], "completed")
    assert await shop.level(sku) == (498, 0)
    await shop.assert_clean()


async def test_a_cart_opens_again_when_its_order_fails_and_can_be_ordered_anew(shop: Shop) -> None:
    sku = await shop.product(5)
    cart_id = await _cart(shop, {sku: 2})
    first = (await _check_out(shop, cart_id, token="tok_declined")).json()
    await shop.until(first["id"], "failed")
    await _until_cart(shop, cart_id, "open")
    second = await _check_out(shop, cart_id)
    assert second.status == 201
    await shop.until(second.json()["id"], "completed")
    await _until_cart(shop, cart_id, "checked_out")
    await shop.assert_clean()


async def test_a_cart_stays_closed_when_its_order_is_canceled(shop: Shop) -> None:
    sku = await shop.product(5)
    cart_id = await _cart(shop, {sku: 2})
    placed = (await _check_out(shop, cart_id, method="bank_transfer")).json()
    assert (await shop.cancel(placed["id"])).status == 200
    await shop.settled()
    assert await _status(shop, cart_id) == "checked_out"
    assert (await _check_out(shop, cart_id)).status == 409
    await shop.assert_clean()


async def test_a_failed_orders_cart_stays_closed_when_its_customer_has_opened_another(shop: Shop) -> None:
    sku, eve = await shop.product(1), customer("eve")
    cart_id = await _cart(shop, {sku: 2}, by=eve)
    async with holding(shop, "stocking"):
        placed = (await _check_out(shop, cart_id, by=eve)).json()
        await _until_cart(shop, cart_id, "checked_out")
        other = await _cart(shop, {sku: 1}, by=eve)
        assert other != cart_id
    await shop.until(placed["id"], "failed")
    await shop.settled()
    assert (await _status(shop, cart_id), await _status(shop, other)) == ("checked_out", "open")
    await shop.assert_clean()


async def test_another_customers_cart_cannot_be_ordered(shop: Shop) -> None:
    sku = await shop.product(5)
    cart_id = await _cart(shop, {sku: 1}, by=customer("frida"))
    for stranger in (ANONYMOUS, customer("mallory")):
        assert (await _check_out(shop, cart_id, by=stranger)).status in (404, 409)
    assert (await _check_out(shop, cart_id, by=customer("frida"))).status == 201
    await shop.assert_clean()


async def test_a_total_that_is_not_what_the_buyer_has_seen_is_answered_with_a_new_quote(shop: Shop) -> None:
    sku = await shop.product(5, price=2000)
    refused = await shop.call("ordering", "POST", "/orders", shop.body({sku: 2}, expected_total=3999))
    assert refused.status == 409
    problem = refused.json()
    assert problem["type"] == "urn:comanda:problem:total-changed"
    assert problem["quote"]["totals"]["total"] == {"amount": 4000, "currency": "EUR"}
    placed = await shop.call("ordering", "POST", "/orders", shop.body({sku: 2}, expected_total=4000))
    assert placed.status == 201
    await shop.until(placed.json()["id"], "completed")
    await shop.assert_clean()


async def test_the_same_request_with_the_same_key_fifty_times_at_once_is_one_order(shop: Shop) -> None:
    sku = await shop.product(500)
    body = shop.body({sku: 3}, metadata={"gift": True})
    place = shop.services.call("ordering", ANONYMOUS)
    answers = await asyncio.gather(*(place("POST", "/orders", body, key="fifty") for _ in range(50)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    placed = answers[0].json()
    assert (placed["metadata"], bool(placed["access_token"])) == ({"gift": True}, True)
    await shop.until(placed["id"], "completed")
    again = await place("POST", "/orders", body, key="fifty")
    assert (again.status, again.body) == (201, answers[0].body)
    assert await shop.level(sku) == (497, 0)
    await shop.assert_clean()


async def test_a_key_that_was_used_for_another_request_is_refused(shop: Shop) -> None:
    sku = await shop.product(500)
    place = shop.services.call("ordering", ANONYMOUS)
    first = await place("POST", "/orders", shop.body({sku: 3}), key="mine")
    other = await place("POST", "/orders", shop.body({sku: 4}), key="mine")
    assert (first.status, other.status) == (201, 422)
    assert other.json()["type"] == "urn:comanda:problem:idempotency-key-reused"
    await shop.until(first.json()["id"], "completed")
    assert await shop.level(sku) == (497, 0)
    await shop.assert_clean()


async def test_two_bodies_under_one_key_at_once_are_one_order_and_one_refusal(shop: Shop) -> None:
    sku = await shop.product(500)
    place = shop.services.call("ordering", ANONYMOUS)
    bodies = [shop.body({sku: 1 + turn % 2}) for turn in range(20)]
    answers = await asyncio.gather(*(place("POST", "/orders", body, key="both") for body in bodies))
    assert sorted(answer.status for answer in answers) == [201] * 10 + [422] * 10
    assert len({answer.json()["id"] for answer in answers if answer.status == 201}) == 1
    await shop.assert_clean()


async def test_keys_of_different_buyers_do_not_meet(shop: Shop) -> None:
    sku = await shop.product(500)
    ids = set()
    for by in (customer("ada"), customer("bob"), STAFF):
        ids.add((await shop.order({sku: 1}, by=by, key="the same"))["id"])
    place = shop.services.call("ordering", ANONYMOUS)
    for email in ("one@example.org", "two@example.org"):
        ids.add((await place("POST", "/orders", shop.body({sku: 1}) | {"email": email}, key="the same")).json()["id"])
    assert len(ids) == 5
    assert set((await shop.ended(list(ids))).values()) == {"completed"}
    await shop.assert_clean()


async def test_a_refused_request_does_not_use_up_its_key(shop: Shop) -> None:
    sku = await shop.product(500)
    place = shop.services.call("ordering", ANONYMOUS)
    assert (await place("POST", "/orders", shop.body({sku: 0}), key="again")).status == 422
    assert (await place("POST", "/orders", shop.body({"UNKNOWN": 1}), key="again")).status in (409, 422)
    placed = await place("POST", "/orders", shop.body({sku: 1}), key="again")
    assert placed.status == 201
    await shop.until(placed.json()["id"], "completed")
    await shop.assert_clean()


async def test_a_reference_belongs_to_one_order(shop: Shop) -> None:
    sku = await shop.product(500)
    place = shop.services.call("ordering", STAFF)
    answers = await asyncio.gather(
        *(place("POST", "/orders", shop.body({sku: 1}, reference="PO-1")) for _ in range(10))
    )
    assert sorted(answer.status for answer in answers) == [201] + [409] * 9
    await shop.assert_clean()
