"""POST /orders: exactly one order for each intent, priced by the server."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from comanda.contexts.ordering.contract.views import OrderView
from comanda.platform.outbound import Answer
from tests.contexts.ordering.desk import Desk, problem
from tests.contexts.ordering.flow import goods, order_body, order_in_shop, settled, until
from tests.contexts.ordering.test_quote import cart
from tests.support.services import STAFF, Caller


async def place(
    shop: Desk, *lines: tuple[str, int], caller: Caller | None = None, key: str | None = None, **more: Any
) -> Answer:
    body = {name: value for name, value in order_body(*lines, **more).items() if value is not None}
    return await (caller or shop.guest)("POST", "/orders", body, key=key)


async def test_a_guests_order_completes_and_is_seen_with_its_token(shop: Desk) -> None:
    await goods(shop, A=5)
    answer = await place(shop, ("A", 2))
    order = OrderView.model_validate_json(answer.body)
    assert (answer.status, order.status, order.payment.status, order.customer_id) == (201, "created", "pending", None)
    assert order.access_token == shop.token(order.id)
    await until(shop, order.id, "completed")
    await settled(shop)
    seen = await shop.guest("GET", f"/orders/{order.id}", query={"token": order.access_token})
    assert seen.json()["invoice"]["status"] == "issued"
    await shop.assert_explained(order.id)


async def test_a_customers_order_has_no_token_and_is_theirs(shop: Desk) -> None:
    await goods(shop, A=5)
    answer = await place(shop, ("A", 1), caller=shop.customer("c1"))
    assert "access_token" not in answer.json()
    assert await shop.ids(shop.customer("c1")) == [answer.json()["id"]]


async def test_the_same_key_places_one_order_and_gets_the_same_answer(shop: Desk) -> None:
    await goods(shop, A=5)
    answers = await asyncio.gather(*(place(shop, ("A", 1), key="k") for _ in range(20)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    await until(shop, answers[0].json()["id"], "completed")
    assert (await place(shop, ("A", 1), key="k")).body == answers[0].body
    assert problem(await place(shop, ("A", 2), key="k")) == (422, "idempotency-key-reused")
    assert len(await shop.ids()) == 1


async def test_keys_are_everybodys_own(shop: Desk) -> None:
    await goods(shop, A=5)
    for caller in (shop.customer("c1"), shop.customer("c2"), shop.staff, shop.guest):
        assert (await place(shop, ("A", 1), caller=caller, key="k")).status == 201
    assert (await place(shop, ("A", 1), email="other@example.org", key="k")).status == 201
    assert len(await shop.ids()) == 5


async def test_fifty_orders_of_one_cart_at_once_make_one(shop: Desk) -> None:
    await goods(shop, A=100)
    cart_id = await cart(shop, ("A", 2))
    answers = await asyncio.gather(*(place(shop, lines=None, cart_id=cart_id, key=str(n)) for n in range(50)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 49
    assert {problem(answer)[1] for answer in answers if answer.status == 409} == {"cart-unavailable"}


async def test_a_cart_whose_order_has_failed_may_be_ordered_again(shop: Desk) -> None:
    await goods(shop, A=10)
    cart_id = await cart(shop, ("A", 2))
    declined = {"type": "card", "token": "tok_declined"}
    first = (await place(shop, lines=None, cart_id=cart_id, payment_method=declined)).checked().json()
    await until(shop, first["id"], "failed")
    await settled(shop)
    second = (await place(shop, lines=None, cart_id=cart_id)).checked().json()
    await until(shop, second["id"], "completed")
    assert problem(await place(shop, lines=None, cart_id=cart_id)) == (409, "cart-unavailable")


async def test_a_total_that_has_changed_stops_the_order_and_shows_the_new_quote(shop: Desk) -> None:
    await goods(shop, A=10)
    answer = await place(shop, ("A", 2), expected_total=1_999)
    assert problem(answer) == (409, "total-changed")
    assert answer.json()["quote"]["totals"]["total"] == {"amount": 2_000, "currency": "EUR"}
    assert await shop.ids() == []
    assert (await place(shop, ("A", 2), expected_total=2_000)).status == 201


async def test_two_lines_of_one_product_are_summed_and_the_last_piece_is_sold_once(shop: Desk) -> None:
    await goods(shop, A=3)
    order_id = await order_in_shop(shop, ("A", 2), ("A", 1))
    assert (await until(shop, order_id, "completed"))["lines"][0]["quantity"] == 3
    short = await order_in_shop(shop, ("A", 1))
    order = await until(shop, short, "failed")
    assert (order["reason"], order["inventory"]["status"]) == ("out of stock", "insufficient")


async def test_staff_order_for_a_customer_under_a_reference_of_their_own(shop: Desk) -> None:
    await goods(shop, A=10)
    answer = await place(shop, ("A", 1), caller=shop.staff, customer_id="another system's 7", reference="WEB-1")
    assert (answer.json()["reference"], answer.json()["customer_id"]) == ("WEB-1", "another system's 7")
    again = await place(shop, ("A", 1), caller=shop.staff, reference="WEB-1")
    assert problem(again) == (409, "reference-taken")
    recorded = await shop.staff("POST", "/orders/recorded", {"currency": "EUR", "total": 1, "reference": "WEB-1"})
    assert problem(recorded) == (409, "reference-taken")


async def test_buyers_may_not_choose_references_nor_order_for_others(shop: Desk) -> None:
    await goods(shop, A=10)
    assert (await place(shop, ("A", 1), reference="R")).status == 403
    assert (await place(shop, ("A", 1), customer_id="c1")).status == 403
    assert (await place(shop, ("A", 1), caller=shop.customer("c1"), customer_id="c2")).status == 403
    assert (await place(shop, ("A", 1), email=None)).status == 422


async def test_what_cannot_be_bought_is_not_ordered(shop: Desk) -> None:
    await goods(shop, A=10)
    await goods(shop, currency="USD", C=10)
    assert problem(await place(shop, ("nothing", 1))) == (409, "product-unavailable")
    assert problem(await place(shop, ("A", 1), ("C", 1))) == (422, "invalid")
    assert problem(await place(shop, ("A", 1), shipping_method="pigeon")) == (422, "no-such-shipping-method")
    assert problem(await place(shop, lines=None, cart_id="unknown")) == (409, "cart-unavailable")
    (await shop.services.call("cataloging", STAFF)("DELETE", "/products/A")).checked()
    assert problem(await place(shop, ("A", 1))) == (409, "product-unavailable")


@pytest.mark.parametrize(
    "more",
    [
        {"price": 1},
        {"status": "paid"},
        {"totals": {}},
        {"shipping_address": {"country": "PT"}},
        {"payment_method": {"type": "card", "token": "4242424242424242"}},
        {"metadata": {"x": "y" * 17_000}},
        {"expected_total": -1},
        {"email": "nobody"},
    ],
)
async def test_what_is_no_order_is_refused(shop: Desk, more: dict[str, Any]) -> None:
    await goods(shop, A=10)
    assert (await place(shop, ("A", 1), **more)).status == 422
    assert await shop.ids() == []


async def test_deadlines_come_in_order_payment_order_reservation(shop: Desk) -> None:
    await goods(shop, A=10)
    order_id = await order_in_shop(shop, ("A", 1), payment_method={"type": "bank_transfer"})
    (created,) = await shop.said(order_id, "OrderCreated")
    (progress,) = await shop.rows("select deadline from progress where order_id = $1", order_id)
    placed, payment, reservation = (
        datetime.fromisoformat(created[name]) for name in ("created_at", "payment_deadline", "reserved_until")
    )
    assert placed < payment < progress["deadline"] < reservation
    assert (payment - placed).days == 7


async def test_metadata_comes_back_as_it_was_sent(shop: Desk) -> None:
    await goods(shop, A=10)
    metadata = {"note": "für Ada ♥ \u202e", "n": [1, 2.5, None, True], "deep": {"a": {"b": {}}}}
    order_id = await order_in_shop(shop, ("A", 1), metadata=metadata)
    assert (await shop.order(order_id))["metadata"] == metadata
