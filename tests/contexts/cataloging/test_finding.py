"""Finding products over HTTP."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comanda.platform.http.pages import encode_cursor
from tests.contexts.cataloging.desk import Desk


@pytest.fixture
async def shop(desk: Desk) -> Desk:
    """A small shop."""
    for slug, parent in (("clothes", None), ("shirts", "clothes"), ("tees", "shirts"), ("toys", None)):
        (await desk.add_category(slug, parent)).checked()
    await desk.add("RED-1", name="Red T-shirt", category="tees", price=euros(2_000))
    await desk.add("BLU-1", name="Blue shirt", category="shirts", price=euros(3_500), description="Not red at all")
    await desk.add("CAR-1", name="Voiture rouge à pédales", category="toys", price=euros(9_900), seller_id="s-1")
    await desk.add("CAP-1", name="Cap", category="clothes", price={"amount": 2_000, "currency": "JPY"})
    await desk.add("OLD-1", name="Old red shirt", category="tees")
    (await desk.staff("DELETE", "/products/OLD-1")).checked()
    return desk


def euros(cents: int) -> dict[str, object]:
    """A price."""
    return {"amount": cents, "currency": "EUR"}


@pytest.mark.parametrize(
    ("query", "skus"),
    [
        ("shirt", {"RED-1", "BLU-1"}),
        ("SHI", {"RED-1", "BLU-1"}),
        ("red shirt", {"RED-1", "BLU-1"}),
        ("pedales", {"CAR-1"}),
        ("PÉDAL", {"CAR-1"}),
        ("blu-1", {"BLU-1"}),
        ("nothing", set()),
        ("&|!", set()),
        ("red' | 'cap", set()),
    ],
)
async def test_products_are_found_by_words(shop: Desk, query: str, skus: set[str]) -> None:
    assert set(await shop.found(query=query)) == skus


async def test_a_name_counts_more_than_a_description(shop: Desk) -> None:
    assert await shop.found(query="red") == ["RED-1", "BLU-1"]


async def test_a_category_includes_what_is_below(shop: Desk) -> None:
    assert set(await shop.found(category="clothes")) == {"RED-1", "BLU-1", "CAP-1"}
    assert set(await shop.found(category="shirts")) == {"RED-1", "BLU-1"}
    assert await shop.found(category="nowhere") == []


async def test_prices_sellers_and_currencies_narrow_the_list(shop: Desk) -> None:
    assert set(await shop.found(min_price=3_000)) == {"BLU-1", "CAR-1"}
    assert set(await shop.found(max_price=2_000, currency="EUR")) == {"RED-1"}
    assert set(await shop.found(seller="s-1")) == {"CAR-1"}


@pytest.mark.parametrize(
    ("sort", "skus"),
    [
        ("name", ["BLU-1", "CAP-1", "RED-1", "CAR-1"]),
        ("-name", ["CAR-1", "RED-1", "CAP-1", "BLU-1"]),
        ("price", ["CAP-1", "RED-1", "BLU-1", "CAR-1"]),
        ("-price", ["CAR-1", "BLU-1", "RED-1", "CAP-1"]),
        ("newest", ["CAP-1", "CAR-1", "BLU-1", "RED-1"]),
        ("relevance", ["CAP-1", "CAR-1", "BLU-1", "RED-1"]),
    ],
)
async def test_every_sort_is_kept_over_pages(shop: Desk, sort: str, skus: list[str]) -> None:
    assert await shop.found(sort=sort) == skus
    assert await over_pages(shop, sort=sort) == skus


async def test_relevance_is_kept_over_pages(shop: Desk) -> None:
    for number in range(5):
        await shop.add(f"X{number}", name="Red shirt " + "filler " * number)
    whole = await shop.found(query="red shirt")
    assert len(whole) == 7
    assert await over_pages(shop, query="red shirt") == whole


async def test_a_cursor_of_another_order_is_refused(shop: Desk) -> None:
    page = (await shop.guest("GET", "/products", query={"sort": "name", "limit": 1})).json()
    for sort in ("price", "newest"):
        answer = await shop.guest("GET", "/products", query={"sort": sort, "cursor": page["next_cursor"]})
        assert (answer.status, answer.json()["type"]) == (422, "urn:comanda:problem:invalid-cursor")


@pytest.mark.parametrize(
    ("sort", "key"),
    [("price", 2**70), ("price", True), ("price", "x"), ("name", "NUL \x00"), ("newest", "yesterday"), ("newest", 1)],
)
async def test_a_made_up_cursor_is_refused(shop: Desk, sort: str, key: str | int) -> None:
    cursor = encode_cursor(sort, key, "SKU")
    assert (await shop.guest("GET", "/products", query={"sort": sort, "cursor": cursor})).status == 422


async def test_a_far_away_cursor_finds_nothing(shop: Desk) -> None:
    cursor = encode_cursor("relevance", -(2**62), "SKU")
    assert await shop.found(query="red", cursor=cursor) == []


async def test_only_staff_see_what_is_not_active(shop: Desk) -> None:
    assert "OLD-1" not in await shop.found(status="retired")
    page = (await shop.staff("GET", "/products", query={"status": "retired"})).json()
    assert [item["sku"] for item in page["items"]] == ["OLD-1"]
    assert len((await shop.staff("GET", "/products", query={"status": "any"})).json()["items"]) == 5


async def test_facets_count_what_is_found(shop: Desk) -> None:
    facets = (await shop.guest("GET", "/product-facets")).checked().json()
    assert [(facet["category"], facet["count"]) for facet in facets["categories"]] == [
        ("clothes", 3),
        ("shirts", 2),
        ("tees", 1),
        ("toys", 1),
    ]
    assert facets["prices"] == [
        {"currency": "EUR", "lowest": 2_000, "highest": 9_900, "count": 3},
        {"currency": "JPY", "lowest": 2_000, "highest": 2_000, "count": 1},
    ]
    facets = await shop.client.facets({"query": "shirt", "max_price": 2_000})
    assert [(facet.category, facet.count) for facet in facets.categories] == [
        ("clothes", 1),
        ("shirts", 1),
        ("tees", 1),
    ]
    assert (await shop.client.facets({"query": "!"})).categories == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(max_size=40), sort=st.text(max_size=10))
async def test_no_text_upsets_the_search(desk: Desk, text: str, sort: str) -> None:
    for query in ({"query": text}, {"category": text}, {"seller": text}, {"sort": sort}, {"cursor": text}):
        assert (await desk.guest("GET", "/products", query=query)).status in (200, 422)
    assert (await desk.guest("GET", "/product-facets", query={"query": text})).status in (200, 422)


async def over_pages(shop: Desk, **query: str | int) -> list[str]:
    """What is found, one product a page."""
    found: list[str] = []
    cursor = None
    for _ in range(20):
        asked = query | {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await shop.guest("GET", "/products", query=asked)).checked().json()
        found += [item["sku"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    return found
