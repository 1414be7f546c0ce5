"""VIPs pay no shipping from some value of goods on: in the quote, in the order, and when their status changes."""

import asyncio
from typing import Any

import pytest

from comanda.platform.auth import ANONYMOUS, Principal
from tests.support.disturbances import setting
from tests.support.listener import until
from tests.support.services import ADMIN, STAFF, customer
from tests.support.shop import ADDRESS, Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

PRICE = 1_999
SHIPPING = 450
RATE = {"countries": ["NO"], "price": {"amount": SHIPPING, "currency": "EUR"}}
CARRIER = {
    "name": "Parcel service",
    "methods": [{"code": "standard", "name": "Standard delivery", "days": 3, "rates": [RATE]}],
}
NORWAY = ADDRESS | {"country": "NO", "postal_code": "0150"}


async def vip(shop: Shop, email: str) -> str:
    account = await shop.post("profiling", "/customers", {"email": email, "password": "correct horse"})
    await give(shop, account["id"], "vip")
    return str(account["id"])


async def give(shop: Shop, customer_id: str, status: str) -> None:
    answer = await shop.call("profiling", "PUT", f"/customers/{customer_id}/status", {"status": status}, by=STAFF)
    assert answer.status == 200, answer.body

    async def known() -> str | None:
        async with shop.sql() as connection:
            found: str | None = await connection.fetchval(
                "select status from ordering.customer_statuses where customer_id = $1", customer_id
            )
            return found

    await until(known, lambda now: now == status)


async def quoted(shop: Shop, sku: str, pieces: int, by: Principal) -> tuple[int, list[int]]:
    body = {"lines": [{"sku": sku, "quantity": pieces}], "shipping_address": {"country": "NO", "postal_code": "0150"}}
    quote = await shop.post("ordering", "/checkout", body, by=by)
    return quote["totals"]["shipping"]["amount"], [offer["price"]["amount"] for offer in quote["shipping_offers"]]


async def charged(shop: Shop, sku: str, pieces: int, by: Principal, **more: Any) -> int:
    order = await shop.order({sku: pieces}, by=by, shipping_address=NORWAY, **more)
    return int(order["totals"]["shipping"]["amount"])


async def carrier(shop: Shop) -> None:
    """Norway is served for money."""
    answer = await shop.call("shipping", "PUT", "/carriers/parcel", CARRIER, by=ADMIN)
    assert answer.status == 200, answer.body

    async def offered() -> int:
        return (await quoted(shop, sku, 1, ANONYMOUS))[0]

    sku = await shop.product(1)
    await until(offered, lambda shipping: shipping == SHIPPING)


async def test_a_vip_pays_no_shipping_from_the_set_value_on(shop: Shop) -> None:
    await carrier(shop)
    sku, ada, bob = await shop.product(50, price=PRICE), customer(await vip(shop, "vip@example.org")), customer("bob")
    assert await quoted(shop, sku, 3, ada) == (SHIPPING, [SHIPPING]), "off by default"
    async with setting(shop, "ordering", "vip.free_shipping_from", [f"EUR={2 * PRICE}", "USD=1"]):
        assert await quoted(shop, sku, 1, ada) == (SHIPPING, [SHIPPING])
        assert await quoted(shop, sku, 2, ada) == (0, [0])
        assert await quoted(shop, sku, 2, bob) == (SHIPPING, [SHIPPING])
        assert await quoted(shop, sku, 2, ANONYMOUS) == (SHIPPING, [SHIPPING])
        assert await charged(shop, sku, 1, ada) == SHIPPING
        assert await charged(shop, sku, 2, ada) == 0
        assert await charged(shop, sku, 2, bob) == SHIPPING
        assert await charged(shop, sku, 2, ANONYMOUS) == SHIPPING
        assert await charged(shop, sku, 2, STAFF, customer_id=ada.id) == 0
        cart = await shop.post("carting", "/carts", {"items": [{"sku": sku, "quantity": 2}]}, by=ada)
        asked = {"cart_id": cart["id"], "shipping_address": {"country": "NO", "postal_code": "0150"}}
        for who in (ada, STAFF):
            assert (await shop.post("ordering", "/checkout", asked, by=who))["totals"]["shipping"]["amount"] == 0
    assert await charged(shop, sku, 2, ada) == SHIPPING
    await shop.settled()
    await shop.assert_clean()


async def test_a_total_that_a_lost_status_has_changed_stops_the_order(shop: Shop) -> None:
    await carrier(shop)
    sku, id = await shop.product(9, price=PRICE), await vip(shop, "former@example.org")
    async with setting(shop, "ordering", "vip.free_shipping_from", ["EUR=1"]):
        body = shop.body({sku: 1}, shipping_address=NORWAY, expected_total=PRICE)
        await give(shop, id, "standard")
        answer = await shop.call("ordering", "POST", "/orders", body, by=customer(id))
        assert (answer.status, answer.json()["type"]) == (409, "urn:comanda:problem:total-changed")
        assert answer.json()["quote"]["totals"]["shipping"]["amount"] == SHIPPING
        await give(shop, id, "vip")
        assert (await shop.call("ordering", "POST", "/orders", body, by=customer(id))).status == 201


async def test_an_order_that_races_with_a_change_of_status_costs_what_was_agreed_or_is_refused(shop: Shop) -> None:
    await carrier(shop)
    sku, id = await shop.product(99, price=PRICE), await vip(shop, "racing@example.org")
    async with setting(shop, "ordering", "vip.free_shipping_from", ["EUR=1"]):
        for n in range(20):
            body = shop.body({sku: 1}, shipping_address=NORWAY, expected_total=PRICE)
            changed = shop.call(
                "profiling", "PUT", f"/customers/{id}/status", {"status": ("standard", "vip")[n % 2]}, by=STAFF
            )
            answer, _ = await asyncio.gather(shop.call("ordering", "POST", "/orders", body, by=customer(id)), changed)
            assert answer.status in (201, 409), answer.body
            if answer.status == 201:
                assert answer.json()["totals"]["total"]["amount"] == PRICE
            else:
                assert answer.json()["type"] == "urn:comanda:problem:total-changed"
    await shop.settled()
    await shop.assert_clean()


async def test_the_setting_takes_sums_with_their_currency_only(shop: Shop) -> None:
    for wrong in (["5000"], ["EUR=-1"], ["eur=5"], ["EUR=1.5"]):
        answer = await shop.call("administering", "PUT", "/settings/vip.free_shipping_from", {"value": wrong}, by=ADMIN)
        assert answer.status == 422, wrong
