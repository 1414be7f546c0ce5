"""What becomes of carts that nobody comes back to."""

from datetime import timedelta

from comanda.contexts.carting.expire_carts import sweep_once
from comanda.contexts.profiling.contract.events import CustomerErased
from tests.contexts.carting.shop import Shop, lines
from tests.support.services import customer

ADA = customer("ada")

A_DAY = timedelta(hours=24, seconds=1)


async def abandoned(shop: Shop) -> list[str]:
    rows = await shop.rows(
        "select subject from messaging.log where type = 'comanda.carting.CartAbandoned.v1' order by position"
    )
    return [row["subject"] for row in rows]


async def test_a_cart_is_abandoned_once_and_much_later_closed(shop: Shop) -> None:
    cart = (await shop.visit(ADA)("POST", "/carts", lines(mug=1))).json()["id"]
    await sweep_once(shop.carting)
    assert await abandoned(shop) == []
    shop.travel(A_DAY)
    await sweep_once(shop.carting)
    await sweep_once(shop.carting)
    assert await abandoned(shop) == [cart]
    assert (await shop.visit(ADA)("GET", "/cart/ada")).json()["id"] == cart

    shop.travel(timedelta(days=29))
    await sweep_once(shop.carting)
    assert (await shop.visit(ADA)("GET", f"/carts/{cart}")).json()["status"] == "expired"
    assert (await shop.visit(ADA)("PUT", f"/carts/{cart}/items/mug", {"quantity": 1})).status_code == 409
    assert (await shop.visit(ADA)("POST", "/carts", lines(mug=1))).status_code == 201
    assert await abandoned(shop) == [cart]


async def test_a_change_begins_the_time_anew(shop: Shop) -> None:
    cart = (await shop.visit()("POST", "/carts", lines(mug=1))).json()["id"]
    shop.travel(timedelta(hours=20))
    await shop.visit()("PUT", f"/carts/{cart}/items/mug", {"quantity": 2})
    shop.travel(timedelta(hours=20))
    await sweep_once(shop.carting)
    assert await abandoned(shop) == []


async def test_nobody_hears_of_an_empty_cart_but_it_is_closed_too(shop: Shop) -> None:
    cart = (await shop.visit()("POST", "/carts", {})).json()["id"]
    shop.travel(timedelta(days=31))
    await sweep_once(shop.carting)
    assert await abandoned(shop) == []
    assert (await shop.visit()("GET", f"/carts/{cart}")).json()["status"] == "expired"


async def test_a_setting_says_how_long(shop: Shop) -> None:
    shop.carting.settings.set("carting.abandoned_after_hours", "1")
    cart = (await shop.visit()("POST", "/carts", lines(mug=1))).json()["id"]
    shop.travel(timedelta(minutes=61))
    await sweep_once(shop.carting)
    assert await abandoned(shop) == [cart]


async def test_a_cart_opened_while_its_customer_was_erased_is_taken_from_them(shop: Shop) -> None:
    await shop.read(CustomerErased(customer_id="ada"))
    await shop.rows(
        "insert into carts (id, customer_id, skus, quantities) values ('late', 'ada', '{}', '{}') returning id"
    )
    await sweep_once(shop.carting)
    assert await shop.rows("select customer_id, status from carts") == [{"customer_id": None, "status": "expired"}]
