"""GET one order, how far it is, its timeline; notes; who may see what."""

import pytest

from comanda.contexts.ordering.contract.views import OrderStatusView, OrderView, TimelinePage
from comanda.platform.auth import ANONYMOUS
from tests.contexts.ordering.desk import Desk, problem
from tests.contexts.ordering.edge import send
from tests.contexts.ordering.facts import (
    TRACE,
    refund_failed,
    return_received,
    shipment_delivered,
    shipment_dispatched,
    stock_reserved,
)
from tests.support.services import ADMIN, SERVICE, STAFF, customer

PATHS = ("", "/status", "/timeline")


async def test_an_order_is_answered_as_the_contract_says(desk: Desk) -> None:
    order_id = await desk.completed(customer_id="c1", reference="R-1")
    answer = await desk.staff("GET", f"/orders/{order_id}")
    order = OrderView.model_validate_json(answer.body)
    assert set(answer.json()) | {"access_token"} == set(OrderView.model_fields)
    assert (order.reference, order.kind, order.status) == ("R-1", "managed", "completed")
    assert (order.totals.subtotal.amount, order.totals.shipping.amount, order.totals.total.amount) == (2000, 500, 2500)
    assert order.lines[0].unit_price.currency == "EUR"
    assert order.shipping_address is not None
    assert order.shipping_address.city == "Lisboa"
    assert (order.payment.method, order.fulfillment.tracking_number) == ("card", "CM1")
    assert order.completed_at is not None


async def test_the_status_tells_the_milestones_with_their_times(desk: Desk) -> None:
    order_id = await desk.completed()
    await desk.read(shipment_dispatched(order_id), shipment_delivered(order_id), return_received(order_id))
    answer = await desk.staff("GET", f"/orders/{order_id}/status")
    status = OrderStatusView.model_validate_json(answer.body)
    assert [milestone.status for milestone in status.milestones] == [
        "created",
        "reserved",
        "paid",
        "shipping_scheduled",
        "completed",
        "shipped",
        "delivered",
        "returned",
    ]
    assert [m.at for m in status.milestones] == sorted(m.at for m in status.milestones)
    assert (status.order_id, status.payment, status.fulfillment) == (order_id, "approved", "returned")


async def test_the_timeline_replays_to_the_same_state(desk: Desk) -> None:
    order_id = await desk.completed()
    await desk.assert_explained(order_id)
    page = TimelinePage.model_validate_json((await desk.staff("GET", f"/orders/{order_id}/timeline")).body)
    assert [entry.entry for entry in page.items] == list(range(1, len(page.items) + 1))
    assert page.items[0].trace == TRACE
    assert page.items[1].cause == "StockReserved"


async def test_the_timeline_comes_in_pages(desk: Desk) -> None:
    order_id = await desk.completed()
    path = f"/orders/{order_id}/timeline"
    whole = await desk.timeline(order_id)
    found, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await desk.staff("GET", path, query=query)).json()
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == whole


async def test_notes_are_in_the_timeline_and_for_staff_only(desk: Desk) -> None:
    order_id = await desk.place(customer_id="c1")
    answer = await desk.staff("POST", f"/orders/{order_id}/notes", {"text": "wants it gift-wrapped"})
    assert (answer.status, answer.json()["note"]) == (201, "wants it gift-wrapped")
    last = (await desk.timeline(order_id))[-1]
    assert (last["cause"], last["actor"], last["note"]) == ("note", "staff:staff-1", "wants it gift-wrapped")
    seen = (await desk.customer("c1")("GET", f"/orders/{order_id}/timeline")).json()["items"]
    assert [entry["cause"] for entry in seen] == ["OrderCreated"]
    assert problem(await desk.customer("c1")("POST", f"/orders/{order_id}/notes", {"text": "hi"})) == (403, "forbidden")


async def test_a_note_written_twice_under_one_key_is_there_once(desk: Desk) -> None:
    order_id = await desk.place()
    for _ in range(2):
        answer = await desk.staff("POST", f"/orders/{order_id}/notes", {"text": "once"}, key="n")
        assert answer.status == 201
    assert [entry["note"] for entry in await desk.timeline(order_id)] == [None, "once"]


async def test_a_failed_refund_shows_in_the_timeline_of_staff(desk: Desk) -> None:
    order_id = await desk.completed(customer_id="c1")
    await desk.read(refund_failed(order_id))
    assert (await desk.timeline(order_id))[-1]["note"] == "A refund failed: the card is closed"
    seen = (await desk.customer("c1")("GET", f"/orders/{order_id}/timeline")).json()["items"]
    assert all(entry["note"] is None for entry in seen)
    assert "PaymentRefundFailed" not in [entry["cause"] for entry in seen]


@pytest.mark.parametrize("path", PATHS)
async def test_foreign_orders_answer_exactly_like_missing_ones(desk: Desk, path: str) -> None:
    mine, guests = await desk.place(customer_id="c1"), await desk.place()
    missing = "01999999-0000-7000-8000-000000000000"
    expected, _ = await send(desk, customer("c2"), "GET", f"/orders/{missing}{path}")
    assert expected.status == 404
    for principal in (customer("c2"), ANONYMOUS):
        for order_id in (mine, guests, missing, "1", "x" * 36, "%00"):
            answer, _ = await send(desk, principal, "GET", f"/orders/{order_id}{path}")
            assert (answer.status, answer.body) == (404, expected.body)


@pytest.mark.parametrize("path", PATHS)
async def test_owners_staff_and_holders_of_the_token_see_an_order(desk: Desk, path: str) -> None:
    mine, guests = await desk.place(customer_id="c1"), await desk.place()
    for principal in (customer("c1"), STAFF, ADMIN, SERVICE):
        assert (await send(desk, principal, "GET", f"/orders/{mine}{path}"))[0].status == 200
    token = desk.token(guests)
    for principal in (ANONYMOUS, customer("c9")):
        assert (await send(desk, principal, "GET", f"/orders/{guests}{path}", order_token=token))[0].status == 200
        assert (await send(desk, principal, "GET", f"/orders/{guests}{path}?token={token}"))[0].status == 200
        wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
        assert (await send(desk, principal, "GET", f"/orders/{guests}{path}", order_token=wrong))[0].status == 404
        assert (await send(desk, principal, "GET", f"/orders/{mine}{path}?token={desk.token(mine)}"))[0].status == 404


async def test_if_match_guards_against_what_the_caller_has_not_seen(desk: Desk) -> None:
    order_id = await desk.place()
    path = f"/orders/{order_id}"
    _, headers = await send(desk, STAFF, "GET", path)
    seen = headers["etag"]
    await desk.read(stock_reserved(order_id))
    answer, _ = await send(desk, STAFF, "POST", f"{path}/cancel", if_match=seen)
    assert problem(answer) == (412, "order-changed")
    assert await desk.status(order_id) == "reserved"
    _, headers = await send(desk, STAFF, "GET", path)
    answer, _ = await send(desk, STAFF, "POST", f"{path}/cancel", if_match=headers["etag"])
    assert answer.status == 200
