"""Recorded orders: kept, listed and counted, started by nobody."""

import asyncio

import pytest

from comanda.contexts.ordering.contract.events import OrderRecordChanged, OrderRecorded
from comanda.contexts.ordering.contract.views import OrderView
from tests.contexts.ordering.desk import Desk, problem
from tests.contexts.ordering.facts import payment_succeeded, shipment_dispatched, stock_reserved

LINES = [
    {"sku": "A", "name": "Apple", "quantity": 2, "unit_price": 150},
    {"sku": "A", "name": "Apple", "quantity": 1, "unit_price": 120},
]


async def recorded(desk: Desk, **body: object) -> dict[str, object]:
    answer = await desk.staff("POST", "/orders/recorded", {"currency": "EUR", "total": 100} | body)
    assert answer.status == 201, answer.body
    view: dict[str, object] = answer.json()
    OrderView.model_validate(view)
    return view


async def test_an_order_is_recorded_with_lines_of_which_two_may_be_of_one_product(desk: Desk) -> None:
    body = {
        "reference": "CMD001",
        "customer_id": "CLIENT123",
        "email": "a@b.co",
        "status": "delivered",
        "currency": "GBP",
        "lines": LINES,
        "shipping": 80,
        "country": "GB",
        "created_at": "2020-02-03T04:05:06Z",
        "metadata": {"channel": "phone"},
    }
    answer = await desk.staff("POST", "/orders/recorded", body)
    order = OrderView.model_validate_json(answer.body)
    assert (order.kind, order.status, order.fulfillment.status) == ("recorded", "completed", "delivered")
    assert (order.totals.subtotal.amount, order.totals.total.amount, order.totals.tax.amount) == (420, 500, 0)
    assert [(line.gross.amount, line.net.amount) for line in order.lines] == [(300, 300), (120, 120)]
    assert order.shipping_address is not None
    assert (order.shipping_address.country, order.metadata) == ("GB", {"channel": "phone"})
    assert order.created_at.isoformat() == "2020-02-03T04:05:06+00:00"
    (said,) = await desk.said(order.id, "OrderRecorded")
    assert (said["total"], said["reference"], len(said["lines"])) == (500, "CMD001", 2)
    assert OrderRecorded.VERSION == 1
    await desk.assert_explained(order.id)


async def test_an_order_of_which_only_the_total_is_known_has_no_lines(desk: Desk) -> None:
    order = await recorded(desk, total=15_050, shipping=50)
    assert (order["lines"], order["status"]) == ([], "created")
    assert order["totals"] == {
        "subtotal": {"amount": 15_000, "currency": "EUR"},
        "shipping": {"amount": 50, "currency": "EUR"},
        "tax": {"amount": 0, "currency": "EUR"},
        "total": {"amount": 15_050, "currency": "EUR"},
    }


@pytest.mark.parametrize(
    "body",
    [
        {"currency": "EUR"},
        {"currency": "XXQ", "total": 1},
        {"currency": "EUR", "total": -1},
        {"currency": "EUR", "total": 1.5},
        {"currency": "EUR", "lines": [], "total": 1},
        {"currency": "EUR", "lines": LINES, "total": 421},
        {"currency": "EUR", "lines": [{"sku": "A", "quantity": 0, "unit_price": 1}]},
        {"currency": "EUR", "lines": [{"sku": "A", "quantity": 1_000_000, "unit_price": 2**53 - 1}]},
        {"currency": "EUR", "total": 1, "status": "pending"},
        {"currency": "EUR", "total": 1, "reference": "x" * 51},
        {"currency": "EUR", "total": 1, "created_at": "2020-01-01"},
        {"currency": "EUR", "total": 1, "metadata": {"x": "y" * 20_000}},
        {"currency": "EUR", "total": 1, "price": 3},
    ],
)
async def test_what_is_no_order_is_not_recorded(desk: Desk, body: dict[str, object]) -> None:
    assert (await desk.staff("POST", "/orders/recorded", body)).status == 422
    assert await desk.ids() == []


async def test_a_reference_is_taken_once_also_by_twenty_at_once(desk: Desk) -> None:
    body = {"currency": "EUR", "total": 100, "reference": "R"}
    answers = await asyncio.gather(*(desk.staff("POST", "/orders/recorded", body) for _ in range(20)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 19
    assert {problem(answer)[1] for answer in answers if answer.status == 409} == {"reference-taken"}


async def test_a_key_records_once(desk: Desk) -> None:
    body = {"currency": "EUR", "total": 100}
    first = await desk.staff("POST", "/orders/recorded", body, key="k")
    again = await desk.staff("POST", "/orders/recorded", body, key="k")
    assert (first.status, first.body) == (again.status, again.body)
    assert len(await desk.ids()) == 1


async def test_a_change_names_what_changes_and_the_rest_stays(desk: Desk) -> None:
    order = await recorded(desk, reference="R", customer_id="c1", total=100, email="a@b.co")
    path = f"/orders/{order['id']}"
    changed = (await desk.staff("PATCH", path, {"status": "paid", "customer_id": None})).checked().json()
    assert (changed["status"], changed["customer_id"], changed["reference"]) == ("paid", None, "R")
    assert changed["email"] == "a@b.co"
    changed = (await desk.staff("PATCH", path, {"total": 250, "reference": None})).checked().json()
    assert (changed["totals"]["total"]["amount"], changed["reference"]) == (250, order["id"])
    changed = (await desk.staff("PATCH", path, {"lines": LINES, "shipping": 80})).checked().json()
    assert (changed["totals"]["total"]["amount"], len(changed["lines"])) == (500, 2)
    said = await desk.said(str(order["id"]), "OrderRecordChanged")
    assert [(event["total"], event["lines"] is None) for event in said] == [(100, True), (250, True), (500, False)]
    assert OrderRecordChanged.VERSION == 1
    causes = [entry["changes"] for entry in await desk.timeline(str(order["id"]))]
    assert causes[1] == {"customer_id": None, "status": "paid"}
    assert causes[2] == {"reference": None, "total": 250}


async def test_a_change_that_changes_nothing_leaves_no_trace(desk: Desk) -> None:
    order = await recorded(desk, reference="R", total=100)
    answer = await desk.staff("PATCH", f"/orders/{order['id']}", {"reference": "R", "total": 100, "status": "created"})
    assert (answer.status, answer.json()) == (200, order)
    assert len(await desk.timeline(str(order["id"]))) == 1


@pytest.mark.parametrize(
    "changes",
    [{"status": None}, {"currency": None}, {"total": None}, {"lines": LINES, "total": 1}, {"kind": "managed"}, []],
)
async def test_changes_that_make_no_order_are_refused(desk: Desk, changes: object) -> None:
    order = await recorded(desk)
    assert (await desk.staff("PATCH", f"/orders/{order['id']}", changes)).status == 422
    assert await desk.order(str(order["id"])) == order


async def test_a_change_cannot_take_anothers_reference(desk: Desk) -> None:
    await recorded(desk, reference="A")
    other = await recorded(desk, reference="B")
    answer = await desk.staff("PATCH", f"/orders/{other['id']}", {"reference": "A"})
    assert problem(answer) == (409, "reference-taken")


async def test_a_deleted_record_is_gone_and_its_reference_free_and_its_timeline_kept(desk: Desk) -> None:
    order = await recorded(desk, reference="CMD001")
    path = f"/orders/{order['id']}"
    assert (await desk.staff("DELETE", path)).status == 204
    assert problem(await desk.staff("GET", path)) == (404, "no-such-order")
    assert problem(await desk.staff("DELETE", path)) == (404, "no-such-order")
    assert problem(await desk.staff("PATCH", path, {"total": 5})) == (404, "no-such-order")
    assert problem(await desk.staff("GET", f"{path}/status")) == (404, "no-such-order")
    assert problem(await desk.staff("PUT", f"{path}/status", {"status": "paid"})) == (404, "no-such-order")
    assert await desk.ids() == []
    assert (await desk.timeline(str(order["id"])))[-1]["changes"] == {"hidden": True, "reference": "CMD001"}
    assert len(await desk.said(str(order["id"]), "OrderRecordDeleted")) == 1
    again = await recorded(desk, reference="CMD001")
    assert again["id"] != order["id"]


async def test_a_managed_order_is_neither_changed_nor_deleted_by_hand(desk: Desk) -> None:
    order_id = await desk.place()
    assert problem(await desk.staff("PATCH", f"/orders/{order_id}", {"total": 1})) == (409, "order-not-recorded")
    assert problem(await desk.staff("DELETE", f"/orders/{order_id}")) == (409, "order-not-recorded")


async def test_only_staff_record(desk: Desk) -> None:
    order = await recorded(desk, customer_id="c1")
    caller = desk.customer("c1")
    assert (await caller("GET", f"/orders/{order['id']}")).status == 200
    for method, path in (("POST", "/orders/recorded"), ("PATCH", f"/orders/{order['id']}")):
        assert (await caller(method, path, {"currency": "EUR", "total": 1})).status == 403
    assert (await caller("DELETE", f"/orders/{order['id']}")).status == 403


async def test_events_about_a_recorded_order_do_not_move_it(desk: Desk) -> None:
    order = await recorded(desk, status="created")
    order_id = str(order["id"])
    await desk.read(stock_reserved(order_id), payment_succeeded(order_id), shipment_dispatched(order_id))
    assert await desk.order(order_id) == order
