"""POST /orders/import: orders and credits of the past."""

import asyncio
import copy
import time
from typing import Any

import pytest

from comanda.contexts.ordering.contract.views import OrderImportView
from tests.contexts.ordering.desk import Desk, problem


def order(reference: str = "536365", **more: Any) -> dict[str, Any]:
    return {
        "reference": reference,
        "customer_id": "17850",
        "email": None,
        "created_at": "2010-12-01T08:26:00Z",
        "status": "completed",
        "currency": "GBP",
        "lines": [
            {"sku": "85123A", "name": "WHITE HANGING HEART", "quantity": 6, "unit_price": 255},
            {"sku": "85123A", "name": "WHITE HANGING HEART", "quantity": 2, "unit_price": 295},
        ],
        "shipping": 1_800,
        "country": "GB",
        "metadata": {},
    } | more


def credit(reference: str = "C1", order_reference: str | None = "536365", **more: Any) -> dict[str, Any]:
    return {
        "reference": reference,
        "order_reference": order_reference,
        "customer_id": "17850",
        "created_at": "2010-12-05T10:00:00Z",
        "currency": "GBP",
        "country": "GB",
        "lines": [{"sku": "85123A", "name": "WHITE HANGING HEART", "quantity": 2, "unit_price": 255}],
        "shipping": 0,
    } | more


async def take(desk: Desk, *orders: Any, credits: Any = ()) -> dict[str, Any]:
    answer = await desk.staff("POST", "/orders/import", {"orders": list(orders), "credits": list(credits)})
    assert answer.status == 200, answer.body
    OrderImportView.model_validate_json(answer.body)
    view: dict[str, Any] = answer.json()
    return view


def counts(created: int = 0, unchanged: int = 0, changed: int = 0) -> dict[str, int]:
    return {"created": created, "unchanged": unchanged, "changed": changed}


async def test_an_order_of_the_past_is_kept_as_it_was(desk: Desk) -> None:
    assert await take(desk, order()) == {"orders": counts(1), "credits": counts(), "rejected": []}
    (order_id,) = await desk.ids()
    kept = await desk.order(order_id)
    assert (kept["kind"], kept["status"], kept["reference"], kept["customer_id"]) == (
        "recorded",
        "completed",
        "536365",
        "17850",
    )
    assert kept["totals"]["total"] == {"amount": 6 * 255 + 2 * 295 + 1_800, "currency": "GBP"}
    assert kept["created_at"] == kept["completed_at"] == "2010-12-01T08:26:00Z"
    assert await desk.published(order_id) == ["OrderRecorded"]


async def test_importing_twice_changes_nothing(desk: Desk) -> None:
    items = [order(), order("2", email="a@b.co", customer_id=None, country=None, metadata={"a": [1]}, shipping=0)]
    credits = [credit(), credit("C2", None)]
    await take(desk, *items, credits=credits)
    before = await desk.rows("select count(*) as events from messaging.log")
    rows = await desk.rows("select order_id, version, entries from progress order by order_id")
    assert await take(desk, *items, credits=credits) == {
        "orders": counts(unchanged=2),
        "credits": counts(unchanged=2),
        "rejected": [],
    }
    assert await desk.rows("select count(*) as events from messaging.log") == before
    assert await desk.rows("select order_id, version, entries from progress order by order_id") == rows


async def test_an_import_that_says_something_else_changes_the_order(desk: Desk) -> None:
    await take(desk, order())
    other = order(shipping=0, status="canceled")
    other["lines"] = other["lines"][:1]
    assert (await take(desk, other))["orders"] == counts(changed=1)
    (order_id,) = await desk.ids()
    kept = await desk.order(order_id)
    assert (kept["status"], kept["totals"]["total"]["amount"], len(kept["lines"])) == ("canceled", 1_530, 1)
    (said,) = await desk.said(order_id, "OrderRecordChanged")
    assert (said["total"], said["status"], len(said["lines"])) == (1_530, "canceled", 1)
    await desk.assert_explained(order_id)


async def test_a_credit_of_an_order_is_kept_beside_it_and_told(desk: Desk) -> None:
    view = await take(desk, order(), credits=[credit(), credit("C2", shipping=300)])
    assert (view["orders"], view["credits"]) == (counts(1), counts(2))
    (order_id,) = await desk.ids()
    said = await desk.said(order_id, "OrderRecordChanged")
    assert said[-1]["credited"] == 510 + 810
    assert said[-1]["lines"] is None
    assert (await desk.timeline(order_id))[-1]["changes"] == {"credited": 1_320}
    stats = (await desk.staff("GET", "/stats")).json()
    assert stats["total_sales"] == [{"amount": 3_920 - 1_320, "currency": "GBP"}]


async def test_a_credit_of_its_own_is_an_order_with_negative_pieces(desk: Desk) -> None:
    view = await take(desk, credits=[credit("C9", None, shipping=100)])
    assert (view["orders"], view["credits"]) == (counts(), counts(1))
    (order_id,) = await desk.ids()
    kept = await desk.order(order_id)
    assert kept["lines"][0]["quantity"] == -2
    assert (kept["totals"]["subtotal"]["amount"], kept["totals"]["total"]["amount"]) == (-510, -610)
    assert (await desk.said(order_id, "OrderRecorded"))[0]["total"] == -610


async def test_a_credit_may_come_with_its_order_or_long_after_it(desk: Desk) -> None:
    await take(desk, order())
    assert (await take(desk, credits=[credit()]))["credits"] == counts(1)
    assert (await take(desk, order("2"), credits=[credit(order_reference="2")]))["credits"] == counts(changed=1)
    said = {}
    for order_id in await desk.ids():
        said[(await desk.order(order_id))["reference"]] = (await desk.said(order_id, "OrderRecordChanged"))[-1][
            "credited"
        ]
    assert said == {"536365": 0, "2": 510}


BAD_ORDERS = {
    "lines": [{"lines": []}, {"lines": [{"sku": "A", "name": "A", "quantity": 0, "unit_price": 1}]}],
    "An order has lines or a total": [{"lines": None}],
    "The total is not that of the lines": [{"total": 1}],
    "lines/0/unit_price": [{"lines": [{"sku": "A", "name": "A", "quantity": 1, "unit_price": -1}]}],
    "currency": [{"currency": "ABC"}],
    "country": [{"country": "UK"}],
    "created_at": [{"created_at": "2010-12-01 08:26"}, {"created_at": None}],
    "email": [{"email": "nobody"}],
    "status": [{"status": "pending"}],
    "": [{"lines": [{"sku": "A", "name": "A", "quantity": 1_000_000, "unit_price": 2**53 - 1}]}],
}


@pytest.mark.parametrize(
    ("where", "change"), [(where, change) for where, changes in BAD_ORDERS.items() for change in changes]
)
async def test_what_is_no_order_is_rejected_with_a_reason_and_the_rest_is_taken(
    desk: Desk, where: str, change: dict[str, Any]
) -> None:
    view = await take(desk, order("bad", **change), order("good"))
    assert view["orders"] == counts(1)
    (rejection,) = view["rejected"]
    assert rejection["reference"] == "bad"
    assert rejection["reason"].startswith(where)
    assert len(await desk.ids()) == 1


async def test_an_order_of_which_only_the_total_is_known_is_taken_without_lines(desk: Desk) -> None:
    assert await take(desk, order(lines=None, total=2_000)) == {
        "orders": counts(1),
        "credits": counts(),
        "rejected": [],
    }
    (order_id,) = await desk.ids()
    kept = await desk.order(order_id)
    assert (kept["lines"], kept["totals"]["subtotal"]["amount"], kept["totals"]["total"]["amount"]) == ([], 200, 2_000)
    assert (await take(desk, order(lines=None, total=2_000)))["orders"] == counts(unchanged=1)


async def test_items_that_contradict_each_other_are_rejected(desk: Desk) -> None:
    placed = await desk.place(reference="WEB-1")
    view = await take(
        desk,
        order("1"),
        order("1"),
        order("WEB-1"),
        order("3", currency="EUR"),
        credits=[
            credit("C1", "unknown"),
            credit("C2", "WEB-1"),
            credit("C3", "3"),
            credit("C4", None),
            credit("C5", "C4"),
            credit("C6", "1", lines=[]),
            {"reference": 7},
        ],
    )
    reasons = {item["reference"]: item["reason"] for item in view["rejected"]}
    assert view["orders"] == counts(2)
    assert view["credits"] == counts(1)
    assert set(reasons) == {"1", "WEB-1", "C1", "C2", "C3", "C5", "C6", "7"}
    assert "twice" in reasons["1"]
    assert "placed here" in reasons["WEB-1"]
    assert "no recorded order" in reasons["C1"] and "no recorded order" in reasons["C2"]
    assert "EUR" in reasons["C3"]
    assert "credit itself" in reasons["C5"]
    assert await desk.status(placed) == "created"


async def test_a_reference_cannot_become_another_kind_of_thing(desk: Desk) -> None:
    await take(desk, order("1"), order("2"), credits=[credit("C1", "1"), credit("C2", None)])
    view = await take(desk, order("C1"), order("C2"), credits=[credit("2", "1"), credit("1", None)])
    assert (view["orders"], view["credits"]) == (counts(), counts())
    assert {item["reference"] for item in view["rejected"]} == {"C1", "C2", "1", "2"}


async def test_counts_and_rejections_add_up_to_what_was_sent(desk: Desk) -> None:
    sent = [order(str(n), **({"currency": "?"} if n % 7 == 0 else {})) for n in range(100)]
    view = await take(desk, *sent, credits=[credit(f"C{n}", str(n)) for n in range(50)])
    added = sum(view["orders"].values()) + sum(view["credits"].values()) + len(view["rejected"])
    assert added == 150


async def test_a_thousand_orders_of_twenty_five_lines_take_a_few_seconds_at_most(desk: Desk) -> None:
    lines = [{"sku": str(n), "name": "A thing to sell", "quantity": 1, "unit_price": 100} for n in range(10)]
    items = [order(str(n), lines=copy.copy(lines)) for n in range(1_000)]
    started = time.monotonic()
    assert (await take(desk, *items))["orders"] == counts(1_000)
    assert (await take(desk, *items))["orders"] == counts(unchanged=1_000)
    assert time.monotonic() - started < 30
    numbers = await desk.rows("select reference, number from orders order by number")
    assert len({row["number"] for row in numbers}) == 1_000


async def test_two_imports_of_the_same_at_once_write_it_once(desk: Desk) -> None:
    items = [order(str(n)) for n in range(60)]
    first, second = await asyncio.gather(take(desk, *items), take(desk, *reversed(items)))
    assert first["orders"]["created"] + second["orders"]["created"] == 60
    assert first["orders"]["unchanged"] + second["orders"]["unchanged"] == 60
    assert len(await desk.ids()) == 60


async def test_a_deleted_order_may_be_imported_again_with_its_credits(desk: Desk) -> None:
    await take(desk, order(), credits=[credit()])
    (order_id,) = await desk.ids()
    assert (await desk.staff("DELETE", f"/orders/{order_id}")).status == 204
    assert (await desk.staff("GET", "/stats")).json()["refunded"] == []
    view = await take(desk, order(), credits=[credit()])
    assert (view["orders"], view["credits"]) == (counts(1), counts(changed=1))
    assert (await desk.staff("GET", "/stats")).json()["refunded"] == [{"amount": 510, "currency": "GBP"}]


async def test_more_than_a_thousand_at_once_are_refused(desk: Desk) -> None:
    many = [{"reference": str(n)} for n in range(600)]
    answer = await desk.staff("POST", "/orders/import", {"orders": many, "credits": many})
    assert answer.status == 422
    answer = await desk.staff("POST", "/orders/import", {"orders": [{}] * 1_001})
    assert answer.status == 422


async def test_only_staff_import(desk: Desk) -> None:
    assert problem(await desk.customer("c1")("POST", "/orders/import", {})) == (403, "forbidden")
