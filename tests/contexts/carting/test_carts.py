"""Carts over HTTP: opening, reading, changing, and who may."""

import asyncio
from urllib.parse import quote

import pytest

from comanda.contexts.carting import store
from comanda.contexts.carting.cart import Cart
from comanda.contexts.carting.contract.client import CartingClient
from comanda.contexts.carting.contract.views import CartContents
from comanda.kernel.goods import Pieces
from comanda.kernel.ids import new_secret
from tests.contexts.carting.shop import Shop, lines, quantities
from tests.support.services import SERVICE, STAFF, customer

ADA = customer("ada")
BOB = customer("bob")


async def test_a_guest_opens_a_cart_and_sees_live_prices(shop: Shop) -> None:
    guest = shop.visit()
    opened = await guest("POST", "/carts", lines(mug=2, poster=1))
    cart = opened.json()
    assert opened.status_code == 201
    assert opened.headers["etag"] == '"1"'
    assert cart["currency"] == "EUR" and cart["customer_id"] is None and cart["status"] == "open"
    assert [line["total"]["amount"] for line in cart["items"]] == [2_500, 999]
    assert cart["totals"] == {"subtotal": {"amount": 3_499, "currency": "EUR"}, "quantity": 3}
    assert (await guest("GET", f"/carts/{cart['id']}")).json() == cart

    await shop.price("mug", 1_000, "EUR")
    assert (await guest("GET", f"/carts/{cart['id']}")).json()["totals"]["subtotal"]["amount"] == 2_999


async def test_an_empty_cart_has_no_currency_until_its_first_line(shop: Shop) -> None:
    guest = shop.visit()
    cart = (await guest("POST", "/carts", {})).json()
    assert cart["currency"] is None and cart["totals"] is None and cart["items"] == []
    put = (await guest("PUT", f"/carts/{cart['id']}/items/kimono", {"quantity": 1})).json()
    assert put["currency"] == "JPY"
    refused = await guest("PUT", f"/carts/{cart['id']}/items/mug", {"quantity": 1})
    assert refused.status_code == 422 and refused.json()["type"].endswith("currency-mismatch")
    emptied = (await guest("DELETE", f"/carts/{cart['id']}/items/kimono")).json()
    assert emptied["currency"] is None
    assert (await guest("PUT", f"/carts/{cart['id']}/items/mug", {"quantity": 1})).json()["currency"] == "EUR"


async def test_two_currencies_open_no_cart(shop: Shop) -> None:
    assert (await shop.visit()("POST", "/carts", lines(mug=1, kimono=1))).status_code == 422
    assert await shop.rows("select id from carts") == []


async def test_lines_of_one_product_are_added_up(shop: Shop) -> None:
    twice = {"items": [{"sku": "mug", "quantity": 2}, {"sku": "mug", "quantity": 3}]}
    assert quantities((await shop.visit()("POST", "/carts", twice)).json()) == {"mug": 5}


async def test_put_sets_the_absolute_quantity_and_the_same_again_changes_nothing(shop: Shop) -> None:
    guest = shop.visit()
    cart = (await guest("POST", "/carts", lines(mug=2))).json()
    item = f"/carts/{cart['id']}/items/mug"
    first = await guest("PUT", item, {"quantity": 5})
    again = await guest("PUT", item, {"quantity": 5})
    assert quantities(first.json()) == {"mug": 5}
    assert first.headers["etag"] == again.headers["etag"] == '"2"'


async def test_if_match_guards_against_lost_updates(shop: Shop) -> None:
    guest = shop.visit()
    cart = (await guest("POST", "/carts", lines(mug=1))).json()
    item = f"/carts/{cart['id']}/items/mug"
    seen = {"If-Match": '"1"'}
    answers = await asyncio.gather(*(guest("PUT", item, {"quantity": n}, seen) for n in range(2, 12)))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 9
    assert (await guest("DELETE", item, headers=seen)).status_code == 412
    assert (await guest("DELETE", item, headers={"If-Match": '"abc"'})).status_code == 412
    assert (await guest("DELETE", item, headers={"If-Match": "*"})).status_code == 200


@pytest.mark.parametrize(
    "quantity", [0, -1, 1.5, 2**63, 1_000_001, "1", "1e9", None, True, [1]], ids=lambda value: repr(value)
)
async def test_a_quantity_that_is_none_is_refused(shop: Shop, quantity: object) -> None:
    guest = shop.visit()
    cart = (await guest("POST", "/carts", lines(mug=1))).json()
    refused = await guest("PUT", f"/carts/{cart['id']}/items/mug", {"quantity": quantity})
    assert refused.status_code == 422
    body = {"items": [{"sku": "mug", "quantity": quantity}]}
    assert (await guest("POST", "/carts", body)).status_code == 422
    assert quantities((await guest("GET", f"/carts/{cart['id']}")).json()) == {"mug": 1}


@pytest.mark.parametrize("extra", [{"price": 1}, {"status": "open"}, {"customer_id": "bob"}, {"version": 3}])
async def test_fields_that_are_not_the_callers_to_set_are_refused(shop: Shop, extra: dict[str, object]) -> None:
    for visitor in (shop.visit(), shop.visit(ADA)):
        assert (await visitor("POST", "/carts", lines(mug=1) | extra)).status_code == 422
    assert await shop.rows("select id from carts") == []


async def test_a_cart_is_bounded(shop: Shop) -> None:
    shop.carting.settings.set("carting.most_lines", "2")
    shop.carting.settings.set("carting.most_pieces", "9")
    guest = shop.visit()
    cart = (await guest("POST", "/carts", lines(mug=9, poster=1))).json()
    too_many_lines = await guest("PUT", f"/carts/{cart['id']}/items/shirt", {"quantity": 1})
    too_many_pieces = await guest("PUT", f"/carts/{cart['id']}/items/mug", {"quantity": 10})
    assert too_many_lines.json()["type"].endswith("too-many-lines")
    assert too_many_pieces.json()["type"].endswith("too-many-pieces")
    assert (await guest("POST", "/carts", lines(mug=10))).status_code == 422


async def test_products_that_are_unknown_or_retired_do_not_get_in(shop: Shop) -> None:
    guest = shop.visit()
    cart = (await guest("POST", "/carts", lines(mug=1, poster=2))).json()
    await shop.retire("poster")
    assert (await guest("PUT", f"/carts/{cart['id']}/items/poster", {"quantity": 1})).status_code == 409
    assert (await guest("PUT", f"/carts/{cart['id']}/items/nothing", {"quantity": 1})).status_code == 422
    assert (await guest("POST", "/carts", lines(nothing=1))).status_code == 422
    read = (await guest("GET", f"/carts/{cart['id']}")).json()
    assert [(line["sku"], line["available"], line["problem"]) for line in read["items"]] == [
        ("mug", True, None),
        ("poster", False, "unavailable"),
    ]
    assert read["totals"] == {"subtotal": {"amount": 1_250, "currency": "EUR"}, "quantity": 1}
    assert quantities((await guest("DELETE", f"/carts/{cart['id']}/items/poster")).json()) == {"mug": 1}


async def test_a_line_whose_product_changed_its_currency_is_marked(shop: Shop) -> None:
    guest = shop.visit()
    cart = (await guest("POST", "/carts", lines(mug=1, poster=2))).json()
    await shop.price("poster", 900, "USD")
    read = (await guest("GET", f"/carts/{cart['id']}")).json()
    assert read["items"][1]["problem"] == "currency"
    assert read["totals"]["subtotal"]["amount"] == 1_250


async def test_removing_what_is_not_there_is_not_found(shop: Shop) -> None:
    guest = shop.visit()
    cart = (await guest("POST", "/carts", lines(mug=1))).json()
    assert (await guest("DELETE", f"/carts/{cart['id']}/items/shirt")).status_code == 404


async def test_a_customers_cart_answers_others_like_a_missing_one(shop: Shop) -> None:
    cart = (await shop.visit(ADA)("POST", "/carts", lines(mug=1))).json()
    assert cart["customer_id"] == "ada"
    path, item = f"/carts/{cart['id']}", f"/carts/{cart['id']}/items/mug"
    for stranger in (shop.visit(), shop.visit(BOB)):
        missing = await stranger("GET", "/carts/" + "x" * 32)
        assert missing.status_code == 404
        for answer in (
            await stranger("GET", path),
            await stranger("PUT", item, {"quantity": 9}),
            await stranger("DELETE", item),
        ):
            assert (answer.status_code, answer.json()) == (404, missing.json())
    for allowed in (shop.visit(ADA), shop.visit(STAFF), shop.visit(SERVICE)):
        assert quantities((await allowed("GET", path)).json()) == {"mug": 1}


@pytest.mark.parametrize("cart_id", ["%00", "%F0%9F%9B%92", "a%20b", "x" * 65, "'%20or%201=1--"])
async def test_ids_of_strange_form_are_not_found(shop: Shop, cart_id: str) -> None:
    assert (await shop.visit()("GET", f"/carts/{cart_id}")).status_code == 404


async def test_a_customer_has_one_open_cart_however_often_they_ask(shop: Shop) -> None:
    ada = shop.visit(ADA)
    answers = await asyncio.gather(*(ada("POST", "/carts", lines(mug=2)) for _ in range(8)))
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    again = await ada("POST", "/carts", lines(shirt=1))
    assert again.status_code == 200
    assert quantities(again.json()) == {"mug": 2, "shirt": 1}
    assert again.json()["totals"]["subtotal"]["amount"] == 2 * 1_250 + 2_999


async def test_staff_and_services_open_carts_for_anybody(shop: Shop) -> None:
    for principal in (STAFF, SERVICE):
        opened = await shop.visit(principal)("POST", "/carts", lines(mug=1) | {"customer_id": "erp:4711"})
        assert opened.json()["customer_id"] == "erp:4711"
    assert (await shop.visit(STAFF)("POST", "/carts", {"customer_id": "x" * 51})).status_code == 422
    assert (await shop.visit(STAFF)("POST", "/carts", {})).json()["customer_id"] is None


async def test_the_open_cart_of_a_customer_is_found_by_their_id(shop: Shop) -> None:
    ada = shop.visit(ADA)
    empty = await ada("GET", "/cart/ada")
    assert (empty.status_code, empty.json()["id"], empty.json()["items"]) == (200, None, [])
    cart = (await ada("POST", "/carts", lines(mug=1))).json()
    assert (await ada("GET", "/cart/ada")).json() == cart
    assert (await shop.visit(STAFF)("GET", "/cart/ada")).json() == cart
    assert (await shop.visit(BOB)("GET", "/cart/ada")).status_code == 404
    assert (await shop.visit()("GET", "/cart/ada")).status_code == 401
    assert (await shop.visit(BOB)("GET", "/cart/nobody")).status_code == 404


async def test_services_look_carts_up_through_the_client(shop: Shop) -> None:
    cart = (await shop.visit(ADA)("POST", "/carts", lines(mug=1, shirt=2))).json()
    client = CartingClient(shop.carting.outbound("carting"))
    assert await client.carts([cart["id"], "nothing"]) == {
        cart["id"]: CartContents(
            id=cart["id"],
            status="open",
            customer_id="ada",
            currency="EUR",
            version=1,
            items=[Pieces(sku="mug", quantity=1), Pieces(sku="shirt", quantity=2)],
        )
    }
    assert (await client.open_cart("ada")).id == cart["id"]
    assert (await client.open_cart("of another/system")).id is None
    assert (await shop.visit(ADA)("POST", "/carts/lookup", {"ids": []})).status_code == 403
    assert (await shop.visit()("POST", "/carts/lookup", {"ids": []})).status_code == 401


async def test_skus_of_any_characters_come_back_as_they_were(shop: Shop) -> None:
    skus = ['a"b', "a\\b", "a,b", "{a}", "NULL", "ü 🛒", "a'b", "a%2Fb"]
    for sku in skus:
        await shop.price(sku, 100, "EUR")
    guest = shop.visit()
    opened = await guest("POST", "/carts", {"items": [{"sku": sku, "quantity": 1} for sku in skus]})
    cart = opened.json()
    assert [line["sku"] for line in cart["items"]] == skus
    for quantity, sku in enumerate(skus, 2):
        put = await guest("PUT", f"/carts/{cart['id']}/items/{quote(sku, safe='')}", {"quantity": quantity})
        assert put.status_code == 200, put.text
    read = (await guest("GET", f"/carts/{cart['id']}")).json()
    assert quantities(read) == {sku: quantity for quantity, sku in enumerate(skus, 2)}


async def test_carts_opened_at_once_are_each_their_own(shop: Shop) -> None:
    guest = shop.visit()
    answers = await asyncio.gather(
        *(guest("POST", "/carts", lines(mug=n) if n % 3 else {}) for n in range(1, 40)),
        *(shop.visit(customer(f"c{n % 4}"))("POST", "/carts", lines(poster=n)) for n in range(1, 20)),
    )
    for n, answer in enumerate(answers[:39], 1):
        assert answer.status_code == 201
        read = (await guest("GET", f"/carts/{answer.json()['id']}")).json()
        assert quantities(read) == ({"mug": n} if n % 3 else {})
    assert sorted(answer.status_code for answer in answers[39:]) == [200] * 15 + [201] * 4
    assert len(await shop.rows("select id from carts")) == 43


async def test_a_cart_whose_answer_from_the_database_was_lost_is_not_written_twice(shop: Shop) -> None:
    now = shop.carting.clock()
    cart = Cart(
        id=new_secret(), customer_id=None, quantities={"mug": 1}, currency="EUR", created_at=now, updated_at=now
    )
    async with shop.carting.database.acquire() as connection:
        for _ in range(2):
            assert await store.open_carts(connection, [cart]) == {cart.id}
