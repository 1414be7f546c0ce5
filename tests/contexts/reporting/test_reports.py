"""What the reports show."""

import random
from datetime import UTC, datetime
from typing import Any

from comanda.contexts.carting.contract.events import CartAbandoned
from comanda.contexts.ordering.contract.events import (
    OrderCanceled,
    OrderCompleted,
    OrderFailed,
    OrderRecordChanged,
    OrderRecordDeleted,
    OrderRecorded,
)
from comanda.contexts.paying.contract.events import PaymentVoided
from comanda.contexts.stocking.contract.events import StockReserved
from comanda.kernel.event import Event
from comanda.kernel.goods import Pieces
from comanda.kernel.ids import new_id
from comanda.platform.auth import Principal
from tests.contexts.reporting.conftest import Reporting
from tests.contexts.reporting.events import confirmed, line, order_created, refunded


def recorded(total: int, status: str = "completed", *, at: datetime, quantity: int = 1) -> OrderRecorded:
    """Another system's order."""
    return OrderRecorded(
        order_id=new_id(),
        number=9,
        reference=new_id(),
        customer_id="17850",
        status=status,
        currency="GBP",
        lines=[line("LAMP", quantity, total)],
        shipping=0,
        total=total,
        created_at=at,
    )


async def test_orders_count_as_sales_from_paid_on_and_net_of_refunds(reporting: Reporting) -> None:
    paid, unpaid, canceled, refused = (order_created(lines=[line(gross=2_000)]) for _ in range(4))
    await reporting.tell(
        paid, unpaid, canceled, confirmed(paid), confirmed(canceled), refunded(paid, 500),
        OrderCanceled(order_id=canceled.order_id, number=1, reason=""),
        refunded(canceled, 2_000), refused, OrderFailed(order_id=refused.order_id, number=1, reason="declined"),
    )  # fmt: skip
    sales = await reporting.get("sales")
    assert [_takings(row) for row in sales["totals"]] == [("EUR", 1, 2_000, 500, 1_500, 2_000)]
    assert [row["start"] for row in sales["items"]] == [datetime.now(UTC).date().isoformat()]
    assert sales["previous"] == []


async def test_sums_over_currencies_are_kept_apart(reporting: Reporting) -> None:
    euros, pounds = order_created(), order_created(currency="GBP", lines=[line(gross=300)])
    await reporting.tell(euros, pounds, confirmed(euros), confirmed(pounds))
    assert [_takings(row)[:3] for row in (await reporting.get("sales"))["totals"]] == [
        ("EUR", 1, 1_000),
        ("GBP", 1, 300),
    ]
    assert [_takings(row)[0] for row in (await reporting.get("sales", currency="GBP"))["totals"]] == ["GBP"]


async def test_days_begin_on_the_clocks_of_the_time_zone(reporting: Reporting) -> None:
    late = order_created(at=datetime(2011, 3, 1, 23, 30, tzinfo=UTC))
    await reporting.tell(late, confirmed(late))
    in_utc = await reporting.get("sales", **{"from": "2011-03-01", "to": "2011-03-02"})
    in_paris = await reporting.get("sales", **{"from": "2011-03-01", "to": "2011-03-02", "timezone": "Europe/Paris"})
    assert [row["start"] for row in in_utc["items"]] == ["2011-03-01"]
    assert [row["start"] for row in in_paris["items"]] == ["2011-03-02"]
    before = await reporting.get("sales", **{"from": "2011-03-03", "to": "2011-03-04"})
    assert [_takings(row)[1] for row in before["previous"]] == [1]


async def test_recorded_orders_count_and_their_credits_are_taken_off(reporting: Reporting) -> None:
    day = datetime(2010, 12, 1, 12, tzinfo=UTC)
    sale, credit, open_order = recorded(1_000, at=day), recorded(-300, at=day), recorded(700, "created", at=day)
    await reporting.tell(sale, credit, open_order)
    period = {"from": "2010-12-01", "to": "2010-12-31"}
    assert [_takings(row) for row in (await reporting.get("sales", **period))["totals"]] == [
        ("GBP", 1, 1_000, 300, 700, 1_000)
    ]
    await reporting.tell(
        OrderRecordChanged(
            order_id=open_order.order_id,
            reference="x",
            customer_id=None,
            status="paid",
            currency="GBP",
            total=800,
            credited=100,
            created_at=day,
        )
    )
    assert [_takings(row)[1:5] for row in (await reporting.get("sales", **period))["totals"]] == [
        (2, 1_800, 400, 1_400)
    ]
    await reporting.tell(OrderRecordDeleted(order_id=open_order.order_id))
    assert [_takings(row)[1:5] for row in (await reporting.get("sales", **period))["totals"]] == [(1, 1_000, 300, 700)]


async def test_top_products_are_net_of_refunded_pieces(reporting: Reporting) -> None:
    order = order_created(lines=[line("MUG", 4, 4_000), line("LAMP", 3, 9_000)])
    await reporting.tell(order, confirmed(order))
    await reporting.tell(refunded(order, 2_000, Pieces(sku="MUG", quantity=2)))
    by_pieces = (await reporting.get("top-products"))["items"]
    assert [(item["sku"], item["quantity"], item["revenue"]["amount"]) for item in by_pieces] == [
        ("LAMP", 3, 9_000),
        ("MUG", 2, 2_000),
    ]
    by_revenue = (await reporting.get("top-products", sort="revenue", currency="EUR", limit=1))["items"]
    assert [item["sku"] for item in by_revenue] == ["LAMP"]


async def test_a_parcel_that_came_back_unpaid_is_no_sale(reporting: Reporting) -> None:
    order = order_created()
    await reporting.tell(order, confirmed(order))
    await reporting.tell(
        PaymentVoided(order_id=order.order_id, intent_id="i", cause="return", amount=1_000, currency="EUR")
    )
    assert [_takings(row)[4] for row in (await reporting.get("sales"))["totals"]] == [0]


async def test_orders_by_status_and_funnel_follow_every_order(reporting: Reporting) -> None:
    done, reserved, fresh = order_created(), order_created(), order_created()
    now = datetime.now(UTC)
    await reporting.tell(
        done, reserved, fresh,
        StockReserved(order_id=done.order_id, expires_at=now),
        StockReserved(order_id=reserved.order_id, expires_at=now),
        confirmed(done), OrderCompleted(order_id=done.order_id, confirmation="sent"),
        CartAbandoned(cart_id=new_id(), customer_id=None),
    )  # fmt: skip
    statuses = (await reporting.get("orders-by-status"))["items"]
    assert [(item["status"], item["orders"]) for item in statuses] == [
        ("created", 1),
        ("reserved", 1),
        ("completed", 1),
    ]
    stages = (await reporting.get("funnel"))["stages"]
    assert {stage["stage"]: stage["count"] for stage in stages} == {
        "carts": 4, "created": 3, "reserved": 2, "paid": 1, "completed": 1, "shipped": 0, "delivered": 0,
    }  # fmt: skip
    assert stages[1]["share"] == 0.75


async def test_facts_of_other_publishers_may_come_first(reporting: Reporting) -> None:
    order = order_created()
    events: list[Event] = [refunded(order, 400), StockReserved(order_id=order.order_id, expires_at=datetime.now(UTC))]
    for event in (*events, order, confirmed(order)):
        await reporting.tell(event)
    assert [_takings(row)[1:5] for row in (await reporting.get("sales"))["totals"]] == [(1, 1_000, 400, 600)]


async def test_any_arrival_order_and_any_batches_give_the_same_figures(reporting: Reporting) -> None:
    """The figures are added up here from what each order went through, however its events were mixed."""
    chance = random.Random(11)
    streams: list[list[Event]] = []
    gross = refunds = sold = pieces = 0
    for _ in range(80):
        quantity = chance.randint(1, 4)
        order = order_created(lines=[line("MUG", quantity, quantity * 1_000)])
        paid, undone, back = chance.random() < 0.8, chance.random() < 0.2, chance.choice([0, 0, 300])
        ordering: list[Event] = [order]
        ordering += [confirmed(order)] if paid else []
        ordering += [OrderCanceled(order_id=order.order_id, number=1, reason="")] if undone else []
        streams += [ordering, [refunded(order, back)] if back else []]
        if paid and not undone:
            gross, refunds, sold, pieces = gross + order.total, refunds + back, sold + 1, pieces + quantity
    while streams := [stream for stream in streams if stream]:
        batch = [chance.choice([stream for stream in streams if stream]).pop(0)]
        while chance.random() < 0.95 and (left := [stream for stream in streams if stream]):
            batch.append(chance.choice(left).pop(0))
        await reporting.tell(*batch)
    (total,) = (await reporting.get("sales"))["totals"]
    assert _takings(total)[1:5] == (sold, gross, refunds, gross - refunds)
    (mug,) = (await reporting.get("top-products"))["items"]
    assert (mug["quantity"], mug["revenue"]["amount"]) == (pieces, gross)


async def test_new_lines_of_a_record_replace_the_old_ones(reporting: Reporting) -> None:
    day = datetime(2010, 12, 1, 12, tzinfo=UTC)
    sale = recorded(1_000, at=day)
    await reporting.tell(sale)
    for lines in (None, [line("VASE", 2, 900)], None):
        await reporting.tell(
            OrderRecordChanged(
                order_id=sale.order_id,
                reference="x",
                customer_id=None,
                status="completed",
                currency="GBP",
                total=900,
                credited=0,
                created_at=day,
                lines=lines,
            )
        )
    items = (await reporting.get("top-products", **{"from": "2010-12-01", "to": "2010-12-02"}))["items"]
    assert [(item["sku"], item["quantity"]) for item in items] == [("VASE", 2)]


async def test_impossible_periods_are_refused(reporting: Reporting) -> None:
    staff = reporting.services.call("reporting", reporting_staff())
    for query in (
        {"from": "2024-02-02", "to": "2024-02-01"},
        {"from": "1990-01-01", "to": "2024-01-01"},
        {"timezone": "Europe/Atlantis"},
        {"timezone": "../etc/passwd"},
        {"from": "yesterday"},
    ):
        assert (await staff("GET", "/reports/sales", query=query)).status == 422, query
    assert (await staff("GET", "/reports/top-products", query={"sort": "revenue"})).status == 422


def reporting_staff() -> Principal:
    """A member of staff who may see reports and nothing else."""
    return Principal("staff", "s", frozenset({"reports.read"}))


def _takings(row: Any) -> tuple[str, int, int, int, int, int | None]:
    average = row["average_order_value"]
    return (
        row["currency"], row["orders"], row["gross"]["amount"], row["refunded"]["amount"], row["net"]["amount"],
        average and average["amount"],
    )  # fmt: skip
