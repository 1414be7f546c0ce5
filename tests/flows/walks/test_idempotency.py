"""Idempotency keys over HTTP, for every POST that takes one: repeated, at once, changed, somebody else's, not valid."""

import asyncio
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from comanda.kernel.ids import new_id
from comanda.platform.auth import Principal
from tests.flows.walks.bodies import body_for
from tests.flows.walks.objects import values_for
from tests.flows.walks.walk import Walk
from tests.support.listener import until
from tests.support.routes import Reply, Route, call
from tests.support.samples import operation_of
from tests.support.services import ADMIN, STAFF

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT_ONCE = 50

MONEY_AND_GOODS = (
    *("ordering POST /orders", "ordering POST /orders/recorded", "checkout POST /order", "pedidos POST /orders"),
    *("paying POST /refunds", "stocking POST /reservations", "stocking POST /stock/adjustments"),
    *("ordering POST /orders/{order_id}/cancel", "ordering POST /returns"),
    *("paying POST /payment-intents/{intent_id}/confirm", "paying POST /payment-intents/{intent_id}/capture"),
)
"""Where fifty ask at once; elsewhere five do."""

QUESTIONS = frozenset(
    {
        *("cataloging POST /products/lookup", "carting POST /carts/lookup", "ordering POST /checkout"),
        *("billing POST /tax-quotes", "shipping POST /rates", "checkout POST /checkout"),
        "notifying POST /templates/{name}/{channel}/{language}/preview",
    }
)
"""POSTs that only ask."""


def takes_a_key(route: Route) -> bool:
    """Whether the route's document says so."""
    parameters = operation_of(route.document, route.method, route.path).get("parameters", ())
    return any(one["in"] == "header" and one["name"].lower() == "idempotency-key" for one in parameters)


async def send(
    walk: Walk, route: Route, body: Any, key: str, by: Principal = ADMIN, names: Mapping[str, str] | None = None
) -> Reply:
    """One request under a key."""
    names = values_for(route, names or walk.objects.of_customer, walk.objects.letters)
    edge, headers = walk.doors[route.service].edge, {"Idempotency-Key": key}
    return await call(edge, "POST", route.at(names), principal=by, json=body, headers=headers)


def fresh(walk: Walk, route: Route, names: Mapping[str, str] | None = None) -> Any:
    """A body that nobody has sent yet."""
    body = body_for(route, names or walk.objects.of_customer, ADMIN)
    if isinstance(body, dict) and "cart_id" in body:
        body = {name: value for name, value in body.items() if name != "cart_id"}
        body["lines"] = [{"sku": walk.objects.of_customer["sku"], "quantity": 1}]
    return body


UNPAID = (
    *("ordering POST /orders/{order_id}/cancel", "workflow POST /orders/{id}/cancel"),
    *("pedidos POST /orders/{id}/cancel", "paying POST /payment-intents/{intent_id}/confirm"),
    "paying POST /payment-intents/{intent_id}/cancel",
)
ON_DELIVERY = ("paying POST /payment-intents/{intent_id}/capture",)
BY_HAND = ("paying POST /payment-intents", "shipping POST /shipments")
PARCELS = tuple(
    f"shipping POST /shipments/{{shipment_id}}/{move}" for move in ("dispatch", "deliver", "cancel", "fail", "return")
)
DECISIONS = ("ordering POST /returns/{return_id}/approve", "ordering POST /returns/{return_id}/reject")
DELIVERED = ("ordering POST /returns", *DECISIONS)
REFUSED = ("paying POST /refunds/{refund_id}/retry", "paying POST /refunds/{refund_id}/settle")
FROM_A_CART = ("checkout POST /order",)


async def ready_for(walk: Walk, name: str) -> Mapping[str, str]:
    """The objects for a route; an order of its own for one that needs it in a certain state."""
    known, shop = walk.objects.of_customer, walk.shop
    if name in BY_HAND:
        return {**known, "order_id": known["recorded_id"]}
    if name in FROM_A_CART:
        cart = {"customer_id": known["customer_id"], "items": [{"sku": known["sku"], "quantity": 1}]}
        await shop.post("carting", "/carts", cart)
    if name not in (*UNPAID, *ON_DELIVERY, *PARCELS, *DELIVERED, *REFUSED):
        return known
    method = "bank_transfer" if name in UNPAID else "on_delivery" if name in ON_DELIVERY else "card"
    token = "tok_refund_fails" if name in REFUSED else None
    placed = await shop.order({known["sku"]: 1}, method=method, token=token)
    order_id = placed["id"]
    await shop.until(order_id, "reserved" if name in UNPAID else "completed")
    made = {"order_id": order_id, "intent_id": order_id, "order_number": str(placed["number"])}
    if name in REFUSED:
        await shop.post("paying", "/refunds", {"order_id": order_id, "reason": "kind"})
        (refund,) = await until(lambda: shop.items("paying", "/refunds", order_id, status="failed"), bool)
        made["refund_id"] = refund["id"]
    if name in PARCELS:
        made["shipment_id"] = (await shop.shipment(order_id))["id"]
    if name.endswith(("/deliver", "/return")) or name in DELIVERED:
        assert (await shop.move_parcel(order_id, "dispatch")).status == 200
    if name in DELIVERED:
        assert (await shop.move_parcel(order_id, "deliver")).status == 200
        await shop.until_it(order_id, lambda order: order["fulfillment"]["status"] == "delivered")
    if name in DECISIONS:
        wanted = {"order_id": order_id, "lines": [{"sku": known["sku"], "quantity": 1}], "reason": "too small"}
        made["return_id"] = (await shop.post("ordering", "/returns", wanted))["id"]
    return {**known, **made}


def doors(walk: Walk) -> list[Route]:
    """Every POST that takes a key and lets an admin in, once for the dead letters of all services."""
    posts = [route for route in walk.routes if route.method == "POST" and takes_a_key(route)]
    return [route for route in posts if "admin" in route.access.roles]


KEYLESS = frozenset(
    {
        # A second one finds what the first has done, and does no harm; or answers a secret, which nobody keeps.
        *("profiling POST /customers", "profiling POST /sessions", "profiling POST /sessions/refresh"),
        *("profiling POST /password-resets", "profiling POST /password-resets/confirm"),
        *("profiling POST /customers/me/email-changes", "profiling POST /email-changes/confirm"),
        *("profiling POST /staff", "profiling POST /api-tokens", "profiling POST /api-tokens/introspect"),
        *("profiling POST /signing-keys", "ordering POST /order-links", "shipping POST /carriers"),
        *("carting POST /carts", "carting POST /carts/{cart_id}/merge", "ordering POST /tasks/{task_id}/done"),
        *("administering POST /sellers/{seller_id}/suspend", "administering POST /sellers/{seller_id}/reinstate"),
        # Each row, or event, has a name of its own.
        *("ordering POST /orders/import", "paying POST /webhooks/{provider}"),
        *("ordering POST /comparisons", "paying POST /comparisons", "reporting POST /reports/rebuild"),
    }
)


async def test_every_post_that_creates_or_moves_something_takes_a_key(walk: Walk) -> None:
    posts = {route.name: takes_a_key(route) for route in walk.routes if route.method == "POST"}
    keyless = {name for name, taken in posts.items() if not taken and " POST /dead-letters/" not in name}
    assert keyless == QUESTIONS | KEYLESS


async def test_a_key_gives_one_effect_and_one_answer(walk: Walk, capsys: pytest.CaptureFixture[str]) -> None:
    counted: Counter[str] = Counter()
    for route in doors(walk):
        names = await ready_for(walk, route.name)
        key, body = f"key-{new_id()}", fresh(walk, route, names)
        if isinstance(body, dict):
            spoiled = await send(walk, route, {**body, "unknown_field": 1}, key, names=names)
            assert spoiled.status == 422, (route.name, spoiled.body)
        first = await send(walk, route, body, key, names=names)  # the key of what was not valid is still free
        assert first.status < 300, (route.name, first.status, first.body)
        again = await send(walk, route, body, key, names=names)
        assert (again.status, again.body) == (first.status, first.body), route.name
        counted["repeated"] += 1
        await _changed(walk, route, body, key, names, counted)
        other = await send(walk, route, body, key, STAFF, names)
        assert b"idempotency-key-reused" not in other.body, route.name
        if first.status == 201 and other.status == 201:
            assert other.body != first.body, route.name
        counted["somebody else's"] += 1
    assert counted["changed"] >= 17, "where the body leaves something to change"
    with capsys.disabled():
        sys.stdout.write(f"\nidempotency: {dict(counted)}\n")


async def _changed(
    walk: Walk, route: Route, body: Any, key: str, names: Mapping[str, str], counted: Counter[str]
) -> None:
    """The same key with another body is refused."""
    changed = fresh(walk, route, names)
    if not isinstance(body, dict) or not body:
        return
    if changed == body:
        name = next((name for name, value in body.items() if isinstance(value, str) and name in _WORDS), None)
        if name is None:
            return
        changed = {**body, name: f"{body[name]} indeed"}
    refused = await send(walk, route, changed, key, names=names)
    assert (refused.status, b"idempotency-key-reused" in refused.body) == (422, True), (route.name, refused.body)
    counted["changed"] += 1


_WORDS = frozenset({"reason", "text", "note", "name", "subject"})
"""Members that may hold any words."""


TAKEN = (*BY_HAND, "administering POST /sellers", "commandes POST /commandes")
"""What the shop has already, and once only: an order's payment and parcel, a name, a reference."""


async def test_many_at_once_under_one_key_have_one_effect(walk: Walk, capsys: pytest.CaptureFixture[str]) -> None:
    raced: Counter[int] = Counter()
    for route in doors(walk):
        names = await ready_for(walk, route.name)
        key, body = f"race-{new_id()}", fresh(walk, route, names)
        many = AT_ONCE if route.name in MONEY_AND_GOODS else 5
        answers = await asyncio.gather(*(send(walk, route, body, key, names=names) for _ in range(many)))
        done = {(answer.status, answer.body) for answer in answers if answer.status < 300}
        assert len(done) <= 1, (route.name, done)
        assert {answer.status for answer in answers if answer.status >= 300} <= {404, 409, 503}, route.name
        assert done or route.name in TAKEN, (route.name, answers)
        if done:
            late = await send(walk, route, body, key, names=names)
            assert {(late.status, late.body)} == done, route.name
            raced[many] += 1
    await walk.shop.settled()
    with capsys.disabled():
        sys.stdout.write(f"\nidempotency: at once, at so many routes: {dict(raced)}\n")


async def test_fifty_orders_under_one_key_are_one_order(walk: Walk) -> None:
    (route,) = [one for one in walk.routes if one.name == "ordering POST /orders"]
    body = {**fresh(walk, route), "reference": f"race-{new_id()[:20]}"}
    answers = await asyncio.gather(*(send(walk, route, body, "one-order") for _ in range(AT_ONCE)))
    (order_id,) = {answer.json()["id"] for answer in answers if answer.status == 201}
    async with walk.shop.sql() as connection:
        rows = await connection.fetch("select id from ordering.orders where reference = $1", body["reference"])
    assert [row["id"] for row in rows] == [order_id]


async def test_a_guests_key_is_kept_apart_from_another_guests(walk: Walk) -> None:
    (route,) = [one for one in walk.routes if one.name == "ordering POST /orders"]
    guest = Principal("anonymous")
    bodies = [{**fresh(walk, route), "email": f"{name}@example.org"} for name in ("one", "two")]
    orders = [await send(walk, route, body, "guests-key", guest) for body in bodies]
    assert [order.status for order in orders] == [201, 201]
    assert len({order.json()["id"] for order in orders}) == 2
    assert (await send(walk, route, bodies[0], "guests-key", guest)).body == orders[0].body
    stolen = await send(walk, route, {**bodies[0], "language": "fr"}, "guests-key", guest)
    assert stolen.status == 422
    assert b"access_token" not in stolen.body


async def test_a_key_has_1_to_255_characters(walk: Walk) -> None:
    (route,) = [one for one in walk.routes if one.name == "ordering POST /orders"]
    for key, status in (("k" * 255, 201), ("k" * 256, 422), ("", 422)):
        assert (await send(walk, route, fresh(walk, route), key)).status == status
