"""Creating, changing and deleting commandes, and what ordering's own routes say of them."""

import asyncio
from collections import Counter as Tally
from decimal import Decimal
from typing import Any

from tests.contexts.ordering.dialects.commandes.counter import Counter
from tests.support.services import STAFF

BODY = {"order_id": "CMD001", "customer_id": "CLIENT123", "total_amount": 150.50, "status": "pending"}


async def canonical(counter: Counter, reference: str) -> dict[str, Any]:
    """The order as ordering itself answers it."""
    answer = await counter.desk.staff("GET", "/orders", query={"reference": reference})
    (order,) = answer.checked().json()["items"]
    return dict(order)


async def test_a_commande_is_an_order_that_is_recorded_and_starts_nothing(counter: Counter) -> None:
    commande = await counter.record(status="processing", created_at="2025-07-18T23:54:31")
    order = await canonical(counter, "CMD001")
    assert (order["kind"], order["status"], order["number"]) == ("recorded", "paid", commande["id"])
    assert (order["customer_id"], order["totals"]["total"]) == ("CLIENT123", {"amount": 15_050, "currency": "EUR"})
    assert commande["created_at"] == order["created_at"] == "2025-07-18T23:54:31Z"
    assert commande["updated_at"] == order["updated_at"]
    (entry,) = await counter.desk.timeline(order["id"])
    assert (entry["cause"], entry["actor"]) == ("OrderRecorded", "staff:staff-1")
    assert await counter.desk.published(order["id"]) == ["OrderRecorded"]


async def test_the_status_is_pending_unless_said(counter: Counter) -> None:
    body = {name: value for name, value in BODY.items() if name != "status"}
    assert (await counter("POST", "/commandes", body)).json["status"] == "pending"


async def test_a_number_is_no_set_of_changes(counter: Counter) -> None:
    commande = await counter.record()
    assert (await counter("PUT", f"/commandes/{commande['id']}", 0.5)).problem == (422, "validation")


async def test_a_guest_is_an_order_without_a_customer(counter: Counter) -> None:
    await counter.record("CMD001", customer_id="guest")
    assert (await canonical(counter, "CMD001"))["customer_id"] is None
    placed = await counter.desk.place()
    await counter.desk.place(customer_id="CLIENT123")
    listed = (await counter("GET", "/commandes/customer/guest")).json
    assert [commande["order_id"] for commande in listed] == [placed, "CMD001"]
    assert {commande["customer_id"] for commande in listed} == {"guest"}
    assert (await counter("GET", "/commandes?customer_id=guest")).json == listed


async def test_an_order_id_is_given_once(counter: Counter) -> None:
    await counter.record()
    again = await counter("POST", "/commandes", BODY)
    assert again.problem == (409, "reference-taken")
    assert again.headers["content-type"] == "application/problem+json"


async def test_of_fifty_at_once_with_one_order_id_one_is_created(counter: Counter) -> None:
    replies = await asyncio.gather(*(counter("POST", "/commandes", BODY) for _ in range(50)))
    assert Tally(reply.status for reply in replies) == {201: 1, 409: 49}
    assert len((await counter("GET", "/commandes")).json) == 1


async def test_with_a_key_a_commande_is_created_once_and_answered_twice(counter: Counter) -> None:
    replies = [await counter("POST", "/commandes", BODY, key="k1") for _ in range(2)]
    assert [reply.status for reply in replies] == [201, 201]
    assert replies[0].json == replies[1].json
    other = await counter("POST", "/commandes", BODY | {"total_amount": 1}, key="k1")
    assert other.problem == (422, "idempotency-key-reused")


WRONG: tuple[dict[str, Any], ...] = (
    {"order_id": ""},
    {"order_id": "x" * 51},
    {"order_id": 7},
    {"order_id": None},
    {"order_id": "a\x00b"},
    {"customer_id": ""},
    {"customer_id": "x" * 51},
    {"total_amount": 150.505},
    {"total_amount": -1},
    {"total_amount": "150.50"},
    {"total_amount": True},
    {"total_amount": None},
    {"total_amount": 1e300},
    {"total_amount": 90071992547409.92},
    {"status": "paid"},
    {"status": "canceled"},
    {"status": None},
    {"created_at": "yesterday"},
    {"created_at": 1},
    {"price": 1},
    {"id": 7},
)


async def test_what_makes_no_commande_is_refused(counter: Counter) -> None:
    for change in WRONG:
        reply = await counter("POST", "/commandes", BODY | change)
        assert reply.status == 422, (change, reply.text)
        assert reply.headers["content-type"] == "application/problem+json"
    assert (await counter("GET", "/commandes")).json == []


async def test_every_column_that_may_not_be_null_is_asked_for(counter: Counter) -> None:
    for missing in ("order_id", "customer_id", "total_amount"):
        body = {name: value for name, value in BODY.items() if name != missing}
        reply = await counter("POST", "/commandes", body)
        assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, f"/body/{missing}")


async def test_what_is_no_json_is_refused(counter: Counter) -> None:
    for body in ("{", '{"total_amount": NaN}', '{"total_amount": 1e99999999999999999999}', "[" * 5_000):
        assert (await counter("POST", "/commandes", body)).status == 400, body
    assert (await counter("POST", "/commandes", "")).status == 422


async def test_amounts_are_exact_to_the_last_cent(counter: Counter) -> None:
    text = '{"order_id": "BIG", "customer_id": "C", "total_amount": 90071992547409.91}'
    reply = await counter("POST", "/commandes", text)
    assert (reply.status, reply.json["total_amount"]) == (201, Decimal("90071992547409.91"))
    assert (await canonical(counter, "BIG"))["totals"]["total"]["amount"] == 2**53 - 1


async def test_a_change_names_what_changes_and_leaves_the_rest(counter: Counter) -> None:
    commande = await counter.record()
    path = f"/commandes/{commande['id']}"
    for change in (
        {"order_id": "CMD002"},
        {"customer_id": "CLIENT9"},
        {"total_amount": Decimal("1.25")},
        {"status": "completed"},
        {"customer_id": "guest"},
        {"created_at": "2025-01-01T00:00:00Z"},
    ):
        sent = {name: float(value) if isinstance(value, Decimal) else value for name, value in change.items()}
        reply = await counter("PUT", path, sent)
        commande = commande | change | {"updated_at": reply.json["updated_at"]}
        assert (reply.status, reply.json) == (200, commande)
    everything = BODY | {"created_at": "2025-02-01T00:00:00Z"}
    assert (await counter("PUT", path, everything)).status == 200
    nothing = await counter("PUT", path, dict.fromkeys(BODY))
    assert nothing.json == (await counter("GET", path)).json
    assert await counter.desk.published((await canonical(counter, "CMD001"))["id"]) == [
        "OrderRecorded",
        *["OrderRecordChanged"] * 7,
    ]


async def test_a_change_that_is_wrong_in_one_field_changes_none(counter: Counter) -> None:
    commande = await counter.record()
    await counter.record("CMD002")
    path = f"/commandes/{commande['id']}"
    for change, status in (
        ({"status": "completed", "order_id": "CMD002"}, 409),
        ({"status": "completed", "total_amount": 1.001}, 422),
        ({"status": "completed", "prix": 1}, 422),
        ({"status": "shipped"}, 422),
    ):
        assert (await counter("PUT", path, change)).status == status
    assert (await counter("GET", path)).json == commande


async def test_deleting_hides_a_commande_frees_its_order_id_and_keeps_its_timeline(counter: Counter) -> None:
    commande = await counter.record()
    order_id = (await canonical(counter, "CMD001"))["id"]
    assert (await counter("DELETE", f"/commandes/{commande['id']}")).status == 204
    for method, path in (
        ("GET", f"/commandes/{commande['id']}"),
        ("DELETE", f"/commandes/{commande['id']}"),
        ("PUT", f"/commandes/{commande['id']}"),
        ("GET", "/commandes/order/CMD001"),
    ):
        assert (await counter(method, path, {} if method == "PUT" else None)).problem == (404, "no-such-order")
    assert (await counter("GET", "/stats")).json["total_commandes"] == 0
    again = await counter.record()
    assert again["id"] != commande["id"]
    causes = [entry["cause"] for entry in await counter.desk.timeline(order_id)]
    assert causes == ["OrderRecorded", "OrderRecordDeleted"]


async def test_of_a_managed_order_only_the_status_is_written(counter: Counter) -> None:
    placed = await counter.desk.place(reference="WEB-1")
    path = f"/commandes/{await counter.number(placed)}"
    before = (await counter("GET", path)).json
    for change in ({"total_amount": 1}, {"customer_id": "X"}, {"status": "cancelled", "order_id": "X"}):
        assert (await counter("PUT", path, change)).problem == (409, "order-not-recorded")
    assert (await counter("DELETE", path)).problem == (409, "order-not-recorded")
    assert (await counter("PUT", path, {"status": "pending"})).json == before == (await counter("GET", path)).json
    assert (await counter("PUT", path, {})).json == before
    assert (await counter("PUT", path, {"status": "completed"})).problem == (409, "status-not-writable")
    canceled = await counter("PUT", path, {"status": "cancelled"})
    assert (canceled.status, canceled.json["status"]) == (200, "cancelled")
    assert await counter.desk.status(placed) == "canceled"


async def test_lines_that_are_known_are_not_contradicted(counter: Counter) -> None:
    body = {
        "reference": "L1",
        "currency": "EUR",
        "lines": [{"sku": "A", "quantity": 2, "unit_price": 100}],
        "shipping": 50,
    }
    number = (await counter.desk.staff("POST", "/orders/recorded", body)).json()["number"]
    assert (await counter("PUT", f"/commandes/{number}", {"total_amount": 2.50})).status == 200
    assert (await counter("PUT", f"/commandes/{number}", {"total_amount": 2.51})).status == 422


async def test_amounts_are_those_of_the_set_currency_and_none_in_another(counter: Counter) -> None:
    await counter.record("E", total_amount=10)
    body = {"reference": "J", "currency": "JPY", "total": 700, "customer_id": "C"}
    number = (await counter.desk.as_(STAFF)("POST", "/orders/recorded", body)).json()["number"]
    amounts = {commande["order_id"]: commande["total_amount"] for commande in (await counter("GET", "/commandes")).json}
    assert amounts == {"E": Decimal("10.00"), "J": None}
    refused = await counter("PUT", f"/commandes/{number}", {"total_amount": 700})
    assert refused.problem == (409, "other-currency")
    counter.desk.service.settings.set("ordering.commandes_currency", '"JPY"')
    stats = (await counter("GET", "/stats")).json
    assert (stats["total_commandes"], stats["total_amount"]) == (2, 700)
    assert (await counter("PUT", f"/commandes/{number}", {"total_amount": 700.5})).status == 422
    assert (await counter("PUT", f"/commandes/{number}", {"total_amount": 701})).json["total_amount"] == 701


async def test_an_id_that_no_commande_has_is_not_found_and_one_that_is_no_number_is_invalid(counter: Counter) -> None:
    for id in ("0", "-1", "9223372036854775808", "99999999999999999999999"):
        assert (await counter("GET", f"/commandes/{id}")).problem == (404, "no-such-order")
    assert (await counter("GET", "/commandes/CMD001")).status == 422
