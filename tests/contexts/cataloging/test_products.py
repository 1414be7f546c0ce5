"""Products over HTTP: adding, changing, retiring, importing, and who sees what."""

import asyncio
from typing import Any

import pytest

from comanda.contexts.cataloging.access import ACCESS
from comanda.contexts.cataloging.contract.views import LookedUpView, ProductView
from comanda.platform.http.access import ANYONE
from tests.contexts.cataloging.desk import EUROS, Desk, eventually

CREATED = {"sku": "A", "name": "A", "price": EUROS, "tax_category": "standard", "seller_id": None}


async def test_a_product_is_added_and_told(desk: Desk) -> None:
    body = {"sku": "A", "name": "Tea", "price": EUROS, "weight_g": 100, "description": "Green", "seller_id": "s-1"}
    answer = await desk.staff("POST", "/products", body)
    view = answer.json()
    assert answer.status == 201
    expected = body | {
        "category": None,
        "tax_category": "standard",
        "status": "active",
        "available": True,
        "version": 1,
    }
    assert {name: view[name] for name in expected} == expected
    assert (await desk.guest("GET", "/products/A")).json() == view
    assert await desk.published() == [("ProductCreated", CREATED | {"name": "Tea", "seller_id": "s-1"})]


async def test_a_sku_is_taken_once(desk: Desk) -> None:
    body = {"sku": "A", "name": "A", "price": EUROS}
    answers = await asyncio.gather(*(desk.staff("POST", "/products", body) for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409, 409]
    assert len(await desk.published()) == 1


async def test_the_same_key_adds_once_and_answers_alike(desk: Desk) -> None:
    body = {"sku": "A", "name": "A", "price": EUROS}
    first, second = [await desk.staff("POST", "/products", body, key="k") for _ in range(2)]
    assert (first.status, first.body) == (second.status, second.body)
    assert first.status == 201


@pytest.mark.parametrize(
    "wrong",
    [
        {"sku": ""},
        {"sku": "a/b"},
        {"sku": ".."},
        {"sku": "tab\t"},
        {"sku": " A"},
        {"sku": "x" * 65},
        {"name": ""},
        {"name": "   "},
        {"name": "NUL \x00"},
        {"name": None},
        {"price": {"amount": -1, "currency": "EUR"}},
        {"price": {"amount": 19.99, "currency": "EUR"}},
        {"price": {"amount": 2**63, "currency": "EUR"}},
        {"price": {"amount": "1", "currency": "EUR"}},
        {"price": {"amount": 1, "currency": "EURO"}},
        {"price": {"amount": 1, "currency": "XYZ"}},
        {"price": {"amount": 1}},
        {"weight_g": -1},
        {"weight_g": True},
        {"category": "no such category"},
        {"category": "missing"},
        {"status": "sold"},
        {"id": 7},
    ],
)
async def test_a_wrong_product_is_refused(desk: Desk, wrong: dict[str, Any]) -> None:
    body = {"sku": "A", "name": "A", "price": EUROS} | wrong
    assert (await desk.staff("POST", "/products", body)).status == 422
    assert await desk.published() == []


@pytest.mark.parametrize("currency", ["JPY", "KWD", "EUR", "CLF"])
async def test_every_currency_has_its_minor_units(desk: Desk, currency: str) -> None:
    added = await desk.add("A", price={"amount": 123_456, "currency": currency})
    assert added["price"] == {"amount": 123_456, "currency": currency}


@pytest.mark.parametrize("text", ["Ω≈ç√", "עברית", "👩‍👩‍👧‍👦", "e\u0301", "\u00e9", "'; drop table products; --"])
async def test_texts_come_back_exactly(desk: Desk, text: str) -> None:
    await desk.add("A", name=text, description=text)
    product = await desk.client.product("A")
    assert product is not None
    assert (product.name, product.description) == (text, text)


async def test_a_change_touches_what_it_names(desk: Desk) -> None:
    await desk.add("A", description="Old", weight_g=5)
    answer = await desk.staff("PATCH", "/products/A", {"price": {"amount": 5, "currency": "JPY"}})
    view = answer.checked().json()
    assert (view["price"], view["description"], view["weight_g"]) == ({"amount": 5, "currency": "JPY"}, "Old", 5)
    assert view["version"] == 2
    changed = CREATED | {"price": {"amount": 5, "currency": "JPY"}, "available": True}
    assert (await desk.published())[1:] == [("ProductChanged", changed)]


async def test_a_change_to_the_same_values_is_none(desk: Desk) -> None:
    await desk.add("A")
    assert (await desk.staff("PATCH", "/products/A", {"name": "A"})).json()["version"] == 1
    assert (await desk.staff("PATCH", "/products/A", {})).json()["version"] == 1
    assert len(await desk.published()) == 1


@pytest.mark.parametrize(
    "changes", [{"name": None}, {"price": None}, {"status": None}, {"sku": "B"}, {"status": "draft"}]
)
async def test_a_change_that_makes_no_sense_is_refused(desk: Desk, changes: dict[str, Any]) -> None:
    await desk.add("A")
    assert (await desk.staff("PATCH", "/products/A", changes)).status in (409, 422)
    assert (await desk.staff("PATCH", "/products/B", {"name": "B"})).status == 404


async def test_put_writes_all_values_and_adds_what_is_missing(desk: Desk) -> None:
    body = {"name": "Tea", "price": EUROS}
    assert (await desk.staff("PUT", "/products/A", body | {"description": "Green"})).status == 201
    answer = await desk.staff("PUT", "/products/A", body)
    assert (answer.status, answer.json()["description"], answer.json()["version"]) == (200, "", 2)
    assert (await desk.staff("PUT", "/products/..", body)).status in (404, 422)


async def test_a_lost_update_is_refused(desk: Desk) -> None:
    await desk.add("A")
    answers = await asyncio.gather(
        *(desk.staff("PATCH", "/products/A", {"name": f"Name {n}", "version": 1}) for n in range(5))
    )
    assert sorted(answer.status for answer in answers) == [200, 412, 412, 412, 412]
    put = {"name": "A", "price": EUROS, "version": 1}
    assert (await desk.staff("PUT", "/products/A", put)).status == 412
    assert (await desk.staff("PUT", "/products/NEW", put)).status == 412


async def test_a_retired_product_is_hidden_from_customers_and_can_come_back(desk: Desk) -> None:
    await desk.add("A")
    assert (await desk.staff("DELETE", "/products/A")).status == 204
    assert (await desk.staff("DELETE", "/products/A")).status == 204
    assert (await desk.guest("GET", "/products/A")).status == 404
    assert (await desk.staff("GET", "/products/A")).json()["status"] == "retired"
    assert await desk.found() == []
    assert (await desk.client.lookup(["A"]))["A"].available is False
    (await desk.staff("PATCH", "/products/A", {"status": "active"})).checked()
    assert (await desk.client.lookup(["A"]))["A"].available is True
    assert [name for name, _ in await desk.published()] == ["ProductCreated", "ProductRetired", "ProductChanged"]


async def test_a_draft_is_told_when_it_is_published(desk: Desk) -> None:
    await desk.add("A", status="draft")
    (await desk.staff("PATCH", "/products/A", {"name": "Better"})).checked()
    assert (await desk.guest("GET", "/products/A")).status == 404
    assert await desk.published() == []
    (await desk.staff("PATCH", "/products/A", {"status": "active"})).checked()
    assert await desk.published() == [("ProductCreated", CREATED | {"name": "Better"})]
    await desk.add("B", status="draft")
    (await desk.staff("DELETE", "/products/B")).checked()
    assert await desk.published("B") == []


async def test_only_staff_write(desk: Desk) -> None:
    body = {"sku": "A", "name": "A", "price": EUROS}
    assert (await desk.guest("POST", "/products", body)).status == 401
    assert (await desk.customer("POST", "/products", body)).status == 403
    assert (await desk.customer("DELETE", "/products/A")).status == 403
    assert (await desk.customer("POST", "/products/lookup", {"skus": ["A"]})).status == 403


@pytest.mark.parametrize("route", [route for route, access in ACCESS.items() if access is not ANYONE])
async def test_guests_and_customers_reach_only_what_is_for_everybody(desk: Desk, route: str) -> None:
    method, path = route.split()
    path = path.replace("{sku}", "A").replace("{slug}", "a")
    assert (await desk.guest(method, path)).status == 401
    assert (await desk.customer(method, path)).status == 403


def test_the_documents_show_what_a_lookup_answers() -> None:
    assert list(LookedUpView.model_fields) == list(ProductView.__struct_fields__)


async def test_lookup_answers_what_orders_need(desk: Desk) -> None:
    await desk.add("A", weight_g=7, tax_category="reduced", seller_id="s")
    found = await desk.client.lookup(["A", "NONE", "A"])
    assert list(found) == ["A"]
    product = found["A"]
    assert (product.name, product.price.amount, product.price.currency) == ("A", 1_999, "EUR")
    assert (product.weight_g, product.tax_category, product.seller_id, product.available) == (7, "reduced", "s", True)
    assert await desk.client.lookup([]) == {}


async def test_a_lookup_sees_the_write_before_it(desk: Desk) -> None:
    await desk.add("A")
    for amount in range(20):
        price = {"amount": amount, "currency": "EUR"}
        _, _ = await asyncio.gather(desk.client.lookup(["A"]), desk.staff("PATCH", "/products/A", {"price": price}))
        assert (await desk.client.lookup(["A"]))["A"].price.amount == amount
    assert await desk.client.lookup(["B"]) == {}
    await desk.add("B")
    assert list(await desk.client.lookup(["B"])) == ["B"]


async def test_a_lookup_notices_what_another_process_wrote(desk: Desk) -> None:
    await desk.add("A")
    await desk.client.lookup(["A"])
    async with desk.service.begin() as work:
        await work.connection.execute("update catalogue set version = version + 1")
        await work.connection.execute("update products set amount = 7")

    async def amount() -> int:
        return (await desk.client.lookup(["A"]))["A"].price.amount

    await eventually(amount, 7)


async def test_an_import_creates_changes_and_leaves(desk: Desk) -> None:
    await desk.add("OLD", description="Kept")
    await desk.add("SAME")
    items: list[dict[str, Any]] = [
        {"sku": "NEW", "name": "New", "price": EUROS},
        {"sku": "OLD", "name": "Renamed", "price": EUROS},
        {"sku": "SAME", "name": "SAME", "price": EUROS},
        {"sku": "NEW", "name": "Again", "price": EUROS},
        {"sku": "BAD", "name": "Bad", "price": {"amount": 1.5, "currency": "EUR"}},
        {"sku": "LOST", "name": "Lost", "price": EUROS, "category": "nowhere"},
        {"name": "Nameless"},
    ]
    answer = (await desk.staff("POST", "/products/import", {"products": items})).checked().json()
    assert (answer["created"], answer["changed"], answer["unchanged"]) == (1, 1, 1)
    assert [item["sku"] for item in answer["rejected"]] == ["NEW", "BAD", "", "LOST"]
    assert "price.amount" in answer["rejected"][1]["reason"]
    old = await desk.client.product("OLD")
    assert old is not None
    assert (old.name, old.description, old.version) == ("Renamed", "Kept", 2)
    names = [(name, data["sku"]) for name, data in await desk.published()]
    assert names[2:] == [("ProductCreated", "NEW"), ("ProductChanged", "OLD")]
    again = (await desk.staff("POST", "/products/import", {"products": items})).checked().json()
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 3)


async def test_a_thousand_products_are_imported_at_once(desk: Desk) -> None:
    items = [{"sku": f"P{n}", "name": f"Product {n}", "price": EUROS} for n in range(1_000)]
    answer = (await desk.staff("POST", "/products/import", {"products": items})).checked().json()
    assert answer == {"created": 1_000, "changed": 0, "unchanged": 0, "rejected": []}
    one_more = [*items, {"sku": "X", "name": "X", "price": EUROS}]
    assert (await desk.staff("POST", "/products/import", {"products": one_more})).status == 422
    assert len(await desk.client.lookup([f"P{n}" for n in range(1_000)])) == 1_000


async def test_imports_of_the_same_products_at_once_agree(desk: Desk) -> None:
    async def bring(turn: int) -> dict[str, Any]:
        items = [{"sku": f"P{n}", "name": f"Name {turn}", "price": EUROS} for n in range(50)]
        brought: dict[str, Any] = (
            (await desk.staff("POST", "/products/import", {"products": items[:: 1 if turn % 2 else -1]}))
            .checked()
            .json()
        )
        return brought

    answers = await asyncio.gather(*(bring(turn) for turn in range(4)))
    assert sum(answer["created"] for answer in answers) == 50
    assert sum(answer["changed"] for answer in answers) == 150
