"""Categories over HTTP."""

import asyncio

from tests.contexts.cataloging.desk import Desk


async def test_the_tree_is_shown_in_order(desk: Desk) -> None:
    for slug, parent in (("b", None), ("a", None), ("a-2", "a"), ("a-1", "a")):
        assert (await desk.add_category(slug, parent)).status == 201
    await desk.add("SKU", category="a-1")
    tree = (await desk.client.categories()).items
    assert [(category.slug, category.path, category.products) for category in tree] == [
        ("a", ["a"], 0),
        ("a-1", ["a", "a-1"], 1),
        ("a-2", ["a", "a-2"], 0),
        ("b", ["b"], 0),
    ]
    assert (await desk.guest("GET", "/categories/a-1")).json()["parent"] == "a"
    assert (await desk.guest("GET", "/categories/x")).status == 404


async def test_a_slug_is_taken_once(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.add_category("a") for _ in range(3)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409]
    assert (await desk.add_category("No Slug")).status == 422
    assert (await desk.add_category("b", "nowhere")).status == 422


async def test_a_category_is_renamed_and_moved(desk: Desk) -> None:
    for slug, parent in (("a", None), ("b", "a"), ("c", None)):
        (await desk.add_category(slug, parent)).checked()
    moved = (await desk.staff("PATCH", "/categories/b", {"parent": "c", "name": "Bees"})).checked().json()
    assert (moved["path"], moved["name"], moved["version"]) == (["c", "b"], "Bees", 2)
    root = (await desk.staff("PATCH", "/categories/b", {"parent": None})).checked().json()
    assert root["path"] == ["b"]
    assert (await desk.staff("PATCH", "/categories/b", {"version": 1, "name": "Late"})).status == 412
    assert (await desk.staff("PATCH", "/categories/b", {"name": None})).status == 422
    assert (await desk.staff("PATCH", "/categories/x", {"name": "X"})).status == 404


async def test_two_moves_at_once_make_no_cycle(desk: Desk) -> None:
    for slug in ("a", "b"):
        (await desk.add_category(slug)).checked()
    answers = await asyncio.gather(
        desk.staff("PATCH", "/categories/a", {"parent": "b"}), desk.staff("PATCH", "/categories/b", {"parent": "a"})
    )
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert len((await desk.client.categories()).items) == 2


async def test_only_an_empty_category_is_deleted(desk: Desk) -> None:
    for slug, parent in (("a", None), ("b", "a")):
        (await desk.add_category(slug, parent)).checked()
    await desk.add("SKU", category="b")
    assert (await desk.staff("DELETE", "/categories/a")).status == 409
    assert (await desk.staff("DELETE", "/categories/b")).status == 409
    (await desk.staff("PATCH", "/products/SKU", {"category": None})).checked()
    assert (await desk.staff("DELETE", "/categories/b")).status == 204
    assert (await desk.staff("DELETE", "/categories/a")).status == 204
    assert (await desk.staff("DELETE", "/categories/a")).status == 404
