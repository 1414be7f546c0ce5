"""Currencies without minor units, and with three digits of them: amounts are whole numbers all the way."""

from typing import Any

import pytest

from tests.support.services import ADMIN
from tests.support.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _product(shop: Shop, currency: str, amount: int) -> str:
    sku = await shop.product(10)
    await shop.call("cataloging", "PATCH", f"/products/{sku}", {"price": _money(currency, amount)}, by=ADMIN)
    return sku


def _money(currency: str, amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


@pytest.mark.parametrize(("currency", "price"), [("JPY", 1_999), ("KWD", 12_345), ("JPY", 1), ("KWD", 1)])
async def test_an_order_is_paid_invoiced_and_refunded_to_the_last_unit(shop: Shop, currency: str, price: int) -> None:
    sku = await _product(shop, currency, price)
    placed = await shop.order({sku: 3})
    assert placed["totals"]["total"] == _money(currency, 3 * price)
    order = await shop.until(placed["id"], "completed")
    await shop.settled()
    payment, invoice = await shop.payment(order["id"]), await shop.invoice(order["id"])
    assert payment["captured"] == _money(currency, 3 * price)
    assert invoice["total"] == _money(currency, 3 * price)
    taxes = sum(line["tax"]["amount"] for line in order["lines"])
    assert taxes + sum(line["net"]["amount"] for line in order["lines"]) == 3 * price
    refund = {"order_id": order["id"], "amount": _money(currency, 1), "reason": "a unit"}
    assert (await shop.call("paying", "POST", "/refunds", refund)).status == 201
    assert (await shop.call("paying", "POST", "/refunds", {**refund, "amount": _money("EUR", 1)})).status in (409, 422)
    await shop.until_it(order["id"], lambda seen: seen["payment"]["status"] == "partially_refunded")
    await shop.settled()
    assert await shop.credits(order["id"]) == [("staff", 1)]
    await shop.assert_clean()


async def test_a_cart_has_one_currency(shop: Shop) -> None:
    yen, dinar = await _product(shop, "JPY", 100), await _product(shop, "KWD", 100)
    answer = await shop.call("ordering", "POST", "/orders", shop.body({yen: 1, dinar: 1}))
    assert answer.status in (409, 422), answer.body
    cart = await shop.post("carting", "/carts", {"items": [{"sku": yen, "quantity": 1}]})
    answer = await shop.call("carting", "PUT", f"/carts/{cart['id']}/items/{dinar}", {"quantity": 1})
    assert answer.status == 422, answer.body


@pytest.mark.parametrize("currency", ["XBT", "eur", "EURO", "", "€", "EU"])
async def test_what_is_no_currency_is_refused(shop: Shop, currency: str) -> None:
    body = {"sku": "no-currency", "name": "x", "price": _money(currency, 1)}
    assert (await shop.call("cataloging", "POST", "/products", body, by=ADMIN)).status == 422
