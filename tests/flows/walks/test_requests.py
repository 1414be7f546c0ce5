"""What every write refuses: members it does not know, numbers that are none, text that cannot be kept."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from comanda.platform.auth import Principal
from tests.flows.walks.bodies import body_for
from tests.flows.walks.objects import values_for
from tests.flows.walks.spoiling import NUMBERS, SURROGATE, TEXTS, kept, members, objects, put
from tests.flows.walks.walk import Walk
from tests.support.routes import Reply, Route, call
from tests.support.samples import operation_of
from tests.support.services import ADMIN

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORBIDDEN = ("unknown_field", "price", "status", "role", "owner", "id", "total", "permissions")
"""Members that somebody may hope to slip in."""

FREE = frozenset({"metadata", "products", "orders", "credits"})
"""Members whose objects are the caller's own, or are checked one by one and reported."""

RENDERED = frozenset({"notifying POST /templates/{name}/{channel}/{language}/preview"})
"""Routes that answer what becomes of a text."""

OPEN_BODIES = frozenset({"paying POST /webhooks/{provider}"})
"""Bodies that are a provider's, signed as they are."""


QUERIES = (*TEXTS[1:4], "", "-1", "9" * 30, "1e9", "price desc; select 1", "en'")


def _is_known(route: Route) -> bool:
    """Dead letters are the same in every service: one is enough."""
    return "dead-letters" in route.path and route.service != "ordering"


def who_may(route: Route, walk: Walk) -> Principal:
    """Somebody whom the route lets in."""
    if route.access.session:
        return walk.objects.signed_in(ADMIN)
    return ADMIN if "admin" in route.access.roles else walk.objects.owner


def writes(walk: Walk) -> Iterator[tuple[Route, dict[str, Any]]]:
    """Every route that takes an object, with a good one."""
    for route in walk.routes:
        if route.method == "GET" or route.name in OPEN_BODIES:
            continue
        body = body_for(route, walk.objects.of_customer, who_may(route, walk))
        if isinstance(body, dict):
            yield route, body


async def send(walk: Walk, route: Route, body: Any = None, *, content: bytes | None = None, **more: Any) -> Reply:
    """One request by somebody who may."""
    names = values_for(route, walk.objects.of_customer, walk.objects.letters)
    edge, by = walk.doors[route.service].edge, who_may(route, walk)
    return await call(edge, route.method, route.at(names), principal=by, json=body, content=content, **more)


def report(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """Say how much was tried."""
    with capsys.disabled():
        sys.stdout.write(f"\n{text}\n")


async def test_members_that_are_not_known_are_refused_and_nothing_changes(
    walk: Walk, capsys: pytest.CaptureFixture[str]
) -> None:
    before = await walk.log_end()
    tried, wrong = 0, []
    for route, body in writes(walk):
        for path in objects(body):
            if FREE & set(path):
                continue
            for name in FORBIDDEN if not path else FORBIDDEN[:1]:
                if name in _known(route, walk):
                    continue
                answer = await send(walk, route, put(body, (*path, name), 1))
                tried += 1
                if answer.status != 422:
                    wrong.append((route.name, path, name, answer.status, answer.body[:200]))
    assert wrong == []
    assert await walk.log_end() == before
    report(capsys, f"unknown members: {tried} requests refused")


def _known(route: Route, walk: Walk) -> set[str]:
    """The members that the document of a body names."""
    content = operation_of(route.document, route.method, route.path)["requestBody"]["content"]["application/json"]
    known: set[str] = set()
    schemas = [content["schema"]]
    while schemas:
        schema = schemas.pop()
        if "$ref" in schema:
            schemas.append(route.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]])
        schemas += [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
        known |= set(schema.get("properties", ()))
    return known


QUANTITIES = (0, -1, 1.5, 2**63, "1e9", "1", None, True)

OF_PIECES = (
    *("carting POST /carts", "carting PUT /carts/{cart_id}/items/{sku}", "ordering POST /orders"),
    *("ordering POST /checkout", "ordering POST /returns", "paying POST /refunds", "stocking POST /reservations"),
    "workflow POST /orders",
)
"""Routes that take quantities."""


async def test_a_quantity_that_is_none_is_refused(walk: Walk) -> None:
    """Before the tests whose requests are taken: what those began goes on for seconds, and publishes events."""
    before = await walk.log_end()
    for route in (one for one in walk.routes if one.name in OF_PIECES):
        for quantity in QUANTITIES:
            answer = await send(walk, route, _of_pieces(route, walk, quantity))
            assert answer.status == 422, (route.name, quantity, answer.body)
    assert await walk.log_end() == before


async def test_text_is_refused_or_kept_word_for_word(walk: Walk, capsys: pytest.CaptureFixture[str]) -> None:
    tried, wrong = 0, []
    for route, body in writes(walk):
        for path, value in members(body):
            if not isinstance(value, str):
                continue
            for text in TEXTS:
                answer = await send(walk, route, put(body, path, text))
                tried += 1
                verbatim = not (FREE & set(path)) and route.name not in RENDERED
                if answer.status >= 500 or (verbatim and not _is_kept(answer, path[-1], text)):
                    wrong.append((route.name, path, text[:30], answer.status, answer.body[:200]))
            content = msgspec.json.encode(put(body, path, "SURROGATE")).replace(b"SURROGATE", SURROGATE)
            answer = await send(walk, route, content=content)
            expected = (200,) if FREE & set(path) else (400, 401, 403, 404, 409, 422)
            if answer.status not in expected:
                wrong.append((route.name, path, "surrogate", answer.status, answer.body[:200]))
    assert wrong == []
    report(capsys, f"texts: {tried} requests refused or kept word for word")


def _is_kept(answer: Reply, name: str | int, text: str) -> bool:
    """Whether an answer that is no refusal says what was sent, if it has that member at all."""
    if answer.status >= 300 or not answer.body or not text:
        return True
    came_back = list(kept(answer.json(), str(name)))
    return not came_back or text in came_back


async def test_numbers_are_whole_and_within_bounds(walk: Walk, capsys: pytest.CaptureFixture[str]) -> None:
    tried, wrong = 0, []
    for route, body in writes(walk):
        for path, value in members(body):
            if not isinstance(value, int) or isinstance(value, bool) or route.name.startswith("commandes"):
                continue
            for number in NUMBERS:
                answer = await send(walk, route, content=_encoded(put(body, path, number)))
                tried += 1
                whole = isinstance(number, int) and not isinstance(number, bool)
                refused = answer.status in (400, 404, 409, 422)
                if answer.status >= 500 or (not whole and number is not None and not refused):
                    wrong.append((route.name, path, str(number)[:20], answer.status, answer.body[:200]))
            for raw in (b"NaN", b"Infinity", b"-Infinity", b"1e999", b"0x10", b"1_000"):
                content = _encoded(put(body, path, "NUMBER")).replace(b'"NUMBER"', raw)
                answer = await send(walk, route, content=content)
                tried += 1
                if answer.status not in (400, 422):
                    wrong.append((route.name, path, raw.decode(), answer.status, answer.body[:200]))
    assert wrong == []
    report(capsys, f"numbers: {tried} requests")


def _encoded(body: Any) -> bytes:
    return json.dumps(body).encode()


def _of_pieces(route: Route, walk: Walk, quantity: Any) -> dict[str, Any]:
    """The route's body with so many pieces."""
    if route.method == "PUT":
        return {"quantity": quantity}
    line = {"sku": walk.objects.of_customer["sku"], "quantity": quantity}
    if route.path == "/carts":
        return {"items": [line]}
    body = body_for(route, walk.objects.of_customer, ADMIN)
    return {name: value for name, value in body.items() if name not in ("cart_id", "amount")} | {"lines": [line]}


async def test_queries_with_nonsense_never_fail(walk: Walk, capsys: pytest.CaptureFixture[str]) -> None:
    tried, wrong = 0, []
    for route in walk.routes:
        if route.method != "GET" or route.path.endswith("/events") or _is_known(route):
            continue
        for parameter in operation_of(route.document, "get", route.path).get("parameters", ()):
            if parameter["in"] != "query":
                continue
            for text in QUERIES:
                answer = await send(walk, route, query={parameter["name"]: text})
                tried += 1
                if answer.status not in (200, 400, 404, 409, 422):
                    wrong.append((route.name, parameter["name"], text, answer.status, answer.body[:200]))
                if parameter["name"] == "limit" and text == "-1" and answer.status != 422:
                    wrong.append((route.name, "limit", text, answer.status, b""))
    assert wrong == []
    report(capsys, f"queries: {tried} requests")


async def test_no_page_is_longer_than_200(walk: Walk) -> None:
    for route in walk.routes:
        if route.method != "GET" or route.service in ("commandes", "pedidos"):  # whose lists are as their clients know
            continue
        names = {one["name"] for one in operation_of(route.document, "get", route.path).get("parameters", ())}
        if {"limit", "cursor"} <= names:
            assert (await send(walk, route, query={"limit": "200"})).status == 200, route.name
            assert (await send(walk, route, query={"limit": "201"})).status == 422, route.name
