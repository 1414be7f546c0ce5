"""Carts in the whole shop: ordered from, open again after a failure, ordered from once."""

import asyncio
from typing import Any

from comanda.platform.auth import Principal
from tests.support.database import Database
from tests.support.services import customer
from tests.support.shop import ADDRESS, Shop, open_shop

ADA = customer("ada")


def order_of(cart: dict[str, Any], token: str = "tok_approved") -> dict[str, Any]:
    """A body that orders what is in a cart."""
    return {
        "cart_id": cart["id"],
        "email": "ada@example.org",
        "shipping_address": ADDRESS,
        "payment_method": {"type": "card", "token": token},
    }


async def open_cart(shop: Shop, by: Principal) -> dict[str, Any]:
    """A cart with two cups."""
    body = {"items": [{"sku": "CUP", "quantity": 2}]}
    cart: dict[str, Any] = await shop.post("carting", "/carts", body, by=by)
    return cart


async def test_a_cart_opens_again_after_a_declined_card_and_closes_with_the_next_order(database: Database) -> None:
    async with open_shop(database) as shop:
        await shop.stock({"CUP": 5})
        cart = await open_cart(shop, ADA)
        first = await shop.post("ordering", "/orders", order_of(cart, "tok_declined"), by=ADA)
        assert (await shop.until(first["id"]))["status"] == "failed"
        await shop.settled()
        again = await shop.get("carting", "/cart/ada", by=ADA)
        assert (again["id"], again["status"]) == (cart["id"], "open")

        second = await shop.post("ordering", "/orders", order_of(cart), by=ADA)
        assert (await shop.until(second["id"]))["status"] == "completed"
        await shop.settled()
        assert (await shop.get("carting", "/cart/ada", by=ADA))["id"] is None
        assert (await shop.get("carting", f"/carts/{cart['id']}", by=ADA))["status"] == "checked_out"
        await shop.assert_clean()


async def test_one_cart_ordered_by_fifty_at_once_is_one_order(database: Database) -> None:
    async with open_shop(database) as shop:
        await shop.stock({"CUP": 500})
        cart = await open_cart(shop, ADA)
        answers = await asyncio.gather(
            *(shop.call("ordering", "POST", "/orders", order_of(cart), by=ADA) for _ in range(50))
        )
        assert sorted(answer.status for answer in answers) == [201] + [409] * 49
        await shop.settled()
        assert await shop.level("CUP") == (498, 0)
        await shop.assert_clean()
