"""The walk: every route of every service, as everybody, at one's own objects, foreign ones and missing ones."""

import re
import sys
from collections.abc import Mapping

import pytest

from comanda.platform.auth import ANONYMOUS
from tests.flows.walks.objects import OWNED
from tests.flows.walks.walk import (
    BAD_TOKENS,
    Caller,
    Walk,
    everybody,
    is_foreign,
    names_something_owned,
    refusal,
    staff,
    strangers,
)
from tests.support.routes import OPEN, Reply, Route, unchecked

pytestmark = pytest.mark.asyncio(loop_scope="module")

OWN_KEY = frozenset(
    {
        "paying POST /webhooks/{provider}",
        "profiling POST /sessions/refresh",
        "profiling POST /api-tokens/introspect",
        "profiling POST /password-resets/confirm",
        "profiling POST /email-changes/confirm",
        "profiling PUT /customers/me/password",
        "profiling PUT /staff/me/password",
        "profiling POST /customers/me/email-changes",
    }
)
"""Doors that ask for a key of their own, in the body: tests of their own are about those."""

EMPTY = (b"[]", b'{"items":[],"next_cursor":null}')
"""Lists of nothing."""

NOTHING_YET = frozenset({"reporting GET /reports/rebuild"})
"""Readings that find nothing, because nothing was begun."""


async def test_every_route_has_a_row_and_the_rest_is_known_to_be_open(walk: Walk) -> None:
    assert len(walk.routes) > 150
    for name, door in walk.doors.items():
        assert unchecked(door.app) <= OPEN, name


async def test_a_token_that_cannot_be_trusted_is_refused_everywhere(walk: Walk) -> None:
    for route in walk.routes:
        for header in BAD_TOKENS:
            caller = Caller("bad token", None, {"Authorization": header})
            answer = await walk.ask(route, caller, walk.objects.of_customer, "bad token")
            assert answer.status == 401, (route.name, header, answer.body)


async def test_who_may_not_is_refused_alike_whatever_they_ask_for(walk: Walk) -> None:
    before = await walk.log_end()
    for route in walk.routes:
        for caller in everybody(route, walk.objects):
            expected = refusal(route, caller)
            if expected is None:
                continue
            bodies = set()
            for names in (walk.objects.of_customer, walk.objects.of_guest, walk.objects.missing()):
                answer = await walk.ask(route, caller, names, "refused")
                assert answer.status == expected, (route.name, caller.name, answer.status, answer.body)
                bodies.add(_alike(answer, names))
            assert len(bodies) == 1, (route.name, caller.name)
    assert await walk.log_end() == before


async def test_what_is_not_theirs_is_to_everybody_as_if_it_were_not_there(walk: Walk) -> None:
    before = await walk.log_end()
    missing = walk.objects.missing()
    for route in walk.routes:
        if "customer" not in route.access.roles or not names_something_owned(route):
            continue
        for caller, names in strangers(walk.objects):
            if refusal(route, caller) is not None or not is_foreign(route, names, walk.objects):
                continue
            answer = await walk.ask(route, caller, names, "foreign")
            absent = await walk.ask(route, caller, missing)
            assert _alike(answer, names) == _alike(absent, missing), (route.name, caller.name)
            if answer.body in EMPTY or route.name == "ordering POST /checkout":  # which says what is wrong with a cart
                continue
            expected = (404,) if route.parameters else (403, 404, 409)
            assert answer.status in expected, (route.name, caller.name, answer.body)
    assert await walk.log_end() == before


async def test_nobody_reads_what_is_anothers(walk: Walk) -> None:
    markers = set(walk.objects.markers)
    asked = {value.encode() for value in walk.objects.of_customer.values()}
    for route in walk.routes:
        if route.method != "GET":
            continue
        for caller in everybody(route, walk.objects):
            if caller.name not in ("guest", "guest with an order's token", "other customer"):
                continue
            answer = await walk.ask(route, caller, walk.objects.of_customer, "reading")
            shown = {marker for marker in markers if marker in answer.body}
            if answer.status >= 400:  # a problem may say what was asked for
                shown -= asked
            assert shown == set(), (route.name, caller.name)


async def test_what_is_for_staff_only_is_shown_to_those_with_the_permission(walk: Walk) -> None:
    sku = walk.objects.of_customer["sku"]
    draft = {"sku": "a-draft", "name": "x", "price": {"amount": 1, "currency": "EUR"}, "status": "draft"}
    await walk.shop.post("cataloging", "/products", draft)
    stranger, stocker, cataloguer = staff("reports.read"), staff("stock.read"), staff("catalog.write")
    shown = [
        "on_hand" in (await walk.shop.get("stocking", f"/stock/{sku}", by=by)) for by in (ANONYMOUS, stranger, stocker)
    ]
    assert shown == [False, False, True]
    drafts = [
        (await walk.shop.call("cataloging", "GET", "/products/a-draft", by=by)).status
        for by in (ANONYMOUS, stranger, cataloguer)
    ]
    assert drafts == [404, 404, 200]


NOT_IN_THIS_STATE = frozenset(
    {
        # An order that can still be canceled, paid or sent: tests/flows/walks/test_idempotency.py makes them.
        *("ordering POST /orders/{order_id}/cancel", "ordering DELETE /orders/{order_id}"),
        *("workflow POST /orders/{id}/cancel", "pedidos POST /orders/{id}/cancel", "checkout DELETE /order/{orderId}"),
        *("ordering PUT /orders/{order_id}/status", "checkout PUT /order/{orderId}/status"),
        *("paying POST /payment-intents", "paying POST /payment-intents/{intent_id}/confirm"),
        *("paying POST /payment-intents/{intent_id}/capture", "paying POST /payment-intents/{intent_id}/cancel"),
        *("paying POST /refunds/{refund_id}/retry", "paying POST /refunds/{refund_id}/settle"),
        *("shipping POST /shipments", "shipping POST /shipments/{shipment_id}/dispatch"),
        *("shipping POST /shipments/{shipment_id}/deliver", "shipping POST /shipments/{shipment_id}/cancel"),
        *("shipping POST /shipments/{shipment_id}/fail", "ordering POST /returns/{return_id}/reject"),
        *("ordering POST /tasks/{task_id}/done", "administering POST /sellers", "reporting GET /reports/rebuild"),
        # A session, a password or a secret of one's own; what the walk has deleted before.
        *("profiling DELETE /sessions/current", "profiling DELETE /sessions/{session_id}"),
        *(
            "profiling POST /sessions/refresh",
            "profiling PUT /staff/me/password",
            "profiling POST /api-tokens/introspect",
        ),
        *("profiling POST /email-changes/confirm", "profiling POST /password-resets/confirm"),
        *("profiling DELETE /staff/{staff_id}/sessions", "profiling DELETE /customers/{customer_id}"),
        *("ordering PUT /erasures/{customer_id:path}", "carting DELETE /carts/{cart_id}/items/{sku}"),
        "paying POST /webhooks/{provider}",
    }
)
"""What the walk's few objects are not ready for: whoever may is let in, and told so."""


async def test_who_may_is_let_in_and_finds_what_is_there(walk: Walk) -> None:
    done: set[str] = set()
    wrong: list[tuple[str, str, int, bytes]] = []
    for route in sorted(walk.routes, key=_order):
        for caller in everybody(route, walk.objects):
            stranger = caller.name == "other customer" and names_something_owned(route)
            if refusal(route, caller) is not None or stranger:
                continue
            guest = caller.principal is ANONYMOUS
            names = walk.objects.of_guest if guest else walk.objects.of_customer
            answer = await walk.ask(route, caller, names, "allowed")
            if answer.status < 300:
                done.add(route.name)
            unseen = guest and not caller.headers and "order_id" in route.parameters
            reading = route.method == "GET" and not unseen and route.name not in NOTHING_YET | walk.unknown
            refused = answer.status in (401, 403, 422) and route.name not in OWN_KEY
            if refused or answer.status >= 500 or (reading and answer.status != 200):
                wrong.append((route.name, caller.name, answer.status, answer.body))

    assert wrong == []
    assert {route.name for route in walk.routes} - done <= NOT_IN_THIS_STATE


async def test_the_walk_has_been_everywhere(walk: Walk, capsys: pytest.CaptureFixture[str]) -> None:
    for route in walk.routes:
        callers = {caller.name for caller in everybody(route, walk.objects)} | {"bad token"}
        assert {(route.name, name) for name in callers} <= walk.visited
    assert len(walk.unknown) < 0.1 * len(walk.routes), "tests/flows/walks/objects.py makes the objects"
    count = f"{len(walk.routes)} routes, {sum(walk.cells.values())} cells {dict(walk.cells)}"
    if walk.unknown:
        count += f"; without objects of their own: {sorted(walk.unknown)}"
    with capsys.disabled():
        sys.stdout.write(f"\nauthorization walk: {count}\n")


def _order(route: Route) -> tuple[int, str]:
    """First what only reads, last what deletes."""
    return {"GET": 0, "POST": 1, "PUT": 1, "PATCH": 1, "DELETE": 2}[route.method], route.name


def _alike(answer: Reply, names: Mapping[str, str]) -> tuple[int, str]:
    """An answer without the names that were asked for."""
    text = answer.body.decode()
    for name in OWNED - {"order_number"}:
        text = text.replace(names.get(name, name), "ID")
    return answer.status, re.sub(r'"(instance|trace)":"[^"]*",?', "", text)
