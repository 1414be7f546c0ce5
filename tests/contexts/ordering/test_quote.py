"""POST /checkout: what an order would cost, and what stands in its way."""

import asyncio
from typing import Any

import pytest

from comanda.contexts.ordering.contract.views import QuoteView
from comanda.contexts.ordering.payment_rules import COUNTRIES, CURRENCIES, MOST
from tests.contexts.ordering.desk import Desk
from tests.contexts.ordering.flow import ADDRESS, goods, order_body, order_in_shop, settled, until
from tests.support.services import STAFF, Caller, customer


async def ask(shop: Desk, *lines: tuple[str, int], caller: Caller | None = None, **more: Any) -> QuoteView:
    body: dict[str, Any] = {"shipping_address": {"country": "PT", "postal_code": "1000-001"}} | more
    if lines:
        body["lines"] = [{"sku": sku, "quantity": quantity} for sku, quantity in lines]
    answer = await (caller or shop.guest)("POST", "/checkout", {k: v for k, v in body.items() if v is not None})
    assert answer.status == 200, answer.body
    return QuoteView.model_validate_json(answer.body)


async def cart(shop: Desk, *lines: tuple[str, int], caller: Caller | None = None) -> str:
    body = {"items": [{"sku": sku, "quantity": quantity} for sku, quantity in lines]}
    answer = await (caller or shop.services.call("carting"))("POST", "/carts", body)
    assert answer.status == 201, answer.body
    return str(answer.json()["id"])


def codes(quote: QuoteView) -> list[str]:
    return [problem.code for problem in quote.problems]


async def test_a_quote_is_what_the_order_then_costs(shop: Desk) -> None:
    await goods(shop, A=10, B=10)
    quote = await ask(shop, ("A", 2), ("B", 1), payment_method={"type": "card"})
    assert (quote.valid, quote.problems) == (True, [])
    answer = await shop.guest("POST", "/orders", order_body(("A", 2), ("B", 1)))
    order = answer.checked().json()
    assert quote.totals is not None
    assert quote.model_dump()["totals"] == order["totals"]
    assert [line.model_dump() for line in quote.lines] == order["lines"]
    assert order["fulfillment"]["method"] == quote.shipping_method == quote.shipping_offers[0].id
    assert sum(rate.tax.amount for rate in quote.tax) == quote.totals.tax.amount
    assert sum(rate.gross.amount for rate in quote.tax) == quote.totals.total.amount


async def test_a_cart_is_quoted_like_its_lines(shop: Desk) -> None:
    await goods(shop, A=10)
    cart_id = await cart(shop, ("A", 3))
    assert await ask(shop, cart_id=cart_id) == await ask(shop, ("A", 3))


async def test_many_quotes_at_once_are_each_their_own(shop: Desk) -> None:
    await goods(shop, A=10)
    quotes = await asyncio.gather(*(ask(shop, ("A", n)) for n in range(1, 41)))
    assert [quote.lines[0].quantity for quote in quotes] == list(range(1, 41))


async def test_what_is_wrong_with_a_cart_is_a_problem(shop: Desk) -> None:
    await goods(shop, A=10)
    empty, closed = await cart(shop), await cart(shop, ("A", 1))
    body = {name: value for name, value in order_body(cart_id=closed).items() if name != "lines"}
    (await shop.guest("POST", "/orders", body)).checked()
    await settled(shop)
    assert codes(await ask(shop, cart_id="unknown")) == ["cart-unavailable"]
    assert codes(await ask(shop, cart_id=empty)) == ["cart-unavailable"]
    quote = await ask(shop, cart_id=closed)
    assert (codes(quote), quote.valid, len(quote.lines)) == (["cart-unavailable"], False, 1)


async def test_anothers_cart_is_like_none(shop: Desk) -> None:
    await goods(shop, A=10)
    cart_id = await cart(shop, ("A", 1), caller=shop.services.call("carting", customer("c1")))
    assert codes(await ask(shop, cart_id=cart_id)) == ["cart-unavailable"]
    assert codes(await ask(shop, cart_id=cart_id, caller=shop.customer("c2"))) == ["cart-unavailable"]
    assert (await ask(shop, cart_id=cart_id, caller=shop.customer("c1"))).valid
    assert (await ask(shop, cart_id=cart_id, caller=shop.staff)).valid


async def test_what_cannot_be_bought_is_named_and_the_rest_quoted(shop: Desk) -> None:
    await goods(shop, A=10, B=10)
    await goods(shop, currency="USD", C=1)
    (await shop.services.call("cataloging", STAFF)("DELETE", "/products/B")).checked()
    quote = await ask(shop, ("A", 1), ("B", 1), ("nothing", 1), ("C", 1))
    assert codes(quote) == ["product-unavailable", "currency-mixed"]
    assert [problem.skus for problem in quote.problems] == [["B", "nothing"], ["C"]]
    assert ([line.sku for line in quote.lines], quote.valid) == (["A"], False)
    assert quote.totals is not None
    nothing = await ask(shop, ("nothing", 1))
    assert (nothing.lines, nothing.totals, nothing.valid) == ([], None, False)


async def test_without_a_destination_there_are_prices_only(shop: Desk) -> None:
    await goods(shop, A=10)
    quote = await ask(shop, ("A", 2), shipping_address=None)
    assert (codes(quote), quote.totals) == (["address-missing"], None)
    assert quote.lines[0].gross.amount == 2_000


async def test_a_shipping_method_that_does_not_serve_is_a_problem_and_the_cheapest_is_quoted(shop: Desk) -> None:
    await goods(shop, A=10)
    quote = await ask(shop, ("A", 2), shipping_method="pigeon")
    assert codes(quote) == ["no-such-shipping-method"]
    assert quote.shipping_method == "parcel:standard"


@pytest.mark.parametrize(
    ("setting", "value", "method"),
    [
        (COUNTRIES, '["BR"]', "on_delivery"),
        (MOST, "1999", "on_delivery"),
        (CURRENCIES, '["USD"]', "bank_transfer"),
    ],
)
async def test_payment_methods_are_taken_where_the_settings_say(
    shop: Desk, setting: str, value: str, method: str
) -> None:
    await goods(shop, A=10)
    assert (await ask(shop, ("A", 2), payment_method={"type": method})).valid
    shop.service.settings.set(setting, value)
    quote = await ask(shop, ("A", 2), payment_method={"type": method})
    assert (codes(quote), quote.valid) == (["payment-method-refused"], False)
    answer = await shop.guest("POST", "/orders", order_body(("A", 2), payment_method={"type": method}))
    assert (answer.status, answer.json()["type"]) == (409, "urn:comanda:problem:payment-method-refused")
    assert (await ask(shop, ("A", 2), payment_method={"type": "card"})).valid


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"cart_id": "c", "lines": [{"sku": "A", "quantity": 1}]},
        {"lines": []},
        {"lines": [{"sku": "A", "quantity": 0}]},
        {"lines": [{"sku": "A", "quantity": "1"}]},
        {"lines": [{"sku": "A", "quantity": 1, "price": 1}]},
        {"lines": [{"sku": "A", "quantity": 1}], "shipping_address": {"country": "XX"}},
        {"lines": [{"sku": "A", "quantity": 1}], "payment_method": {"type": "cash"}},
    ],
)
async def test_what_is_no_question_is_refused(shop: Desk, body: dict[str, Any]) -> None:
    assert (await shop.guest("POST", "/checkout", body)).status == 422


async def test_a_full_address_is_taken_as_well(shop: Desk) -> None:
    await goods(shop, A=10)
    assert (await ask(shop, ("A", 1), shipping_address=ADDRESS)).valid


async def test_a_company_of_another_eu_country_owes_the_vat_itself(shop: Desk) -> None:
    await goods(shop, A=10)
    company = ADDRESS | {"company": "Loja Lda", "vat_id": "PT123456789"}
    taxed = await ask(shop, ("A", 1), shipping_address=company)
    assert taxed.totals is not None
    assert taxed.totals.tax.amount > 0
    shop.service.settings.set("shop.country", '"DE"')
    shop.services.process.services["billing"].settings.set("shop.country", '"DE"')
    quote = await ask(shop, ("A", 1), shipping_address=company)
    assert quote.totals is not None
    assert (quote.totals.tax.amount, quote.totals.total) == (0, taxed.totals.total)
    order_id = await order_in_shop(shop, ("A", 1), shipping_address=company)
    order = await until(shop, order_id, "completed")
    assert order["totals"]["tax"]["amount"] == 0
    await settled(shop)
    invoices = shop.services.call("billing", STAFF)
    (invoice,) = (await invoices("GET", "/invoices", query={"order_id": order_id})).json()["items"]
    assert invoice["treatment"] == "reverse_charge"
    private = await ask(shop, ("A", 1), shipping_address=ADDRESS)
    assert private.totals is not None
    assert private.totals.tax.amount > 0
