"""Rebuilding the reports from the log."""

import random
from datetime import UTC, datetime
from typing import Any

from comanda.contexts.carting.contract.events import CartAbandoned
from comanda.contexts.ordering.contract.events import OrderCanceled, OrderCompleted
from comanda.contexts.reporting import rebuild, rebuild_job
from comanda.kernel.event import Event
from comanda.kernel.goods import Pieces
from comanda.kernel.ids import new_id
from comanda.platform.auth import Principal
from tests.contexts.reporting.conftest import Reporting
from tests.contexts.reporting.events import confirmed, line, order_created, refunded


def many_events(orders: int, seed: int) -> list[Event]:
    """Orders of every kind, their events mixed as those of different publishers may be."""
    mixed = random.Random(seed)
    facts: list[Event] = []
    for number in range(orders):
        order = order_created(currency=mixed.choice(["EUR", "GBP"]), lines=[line("MUG", 2, 2_000)])
        facts.append(order)
        if number % 3:
            facts += [confirmed(order), OrderCompleted(order_id=order.order_id, confirmation="sent")]
        if number % 4 == 1:
            facts.append(refunded(order, 1_000, Pieces(sku="MUG", quantity=1)))
        if number % 5 == 2:
            facts.append(OrderCanceled(order_id=order.order_id, number=1, reason=""))
        if number % 7 == 3:
            facts.append(CartAbandoned(cart_id=new_id(), customer_id=None))
    mixed.shuffle(facts)
    return facts


async def test_rebuilt_reports_equal_the_live_ones(reporting: Reporting) -> None:
    await reporting.tell(*many_events(60, seed=1))
    before = [await reporting.get(report) for report in ("sales", "top-products", "orders-by-status", "funnel")]
    view = await reporting.rebuilt()
    assert (view["status"], view["differences"], view["progress"]) == ("done", 0, 1.0)
    after = [await reporting.get(report) for report in ("sales", "top-products", "orders-by-status", "funnel")]
    assert after == before


async def test_a_rebuild_mends_what_was_wrong_and_says_so(reporting: Reporting) -> None:
    order = order_created()
    await reporting.tell(order, confirmed(order))
    async with reporting.service.begin() as work:
        await work.connection.execute("update orders set total = 1")
    view = await reporting.rebuilt()
    assert (view["status"], view["differences"]) == ("done", 1)
    assert (await reporting.get("sales"))["totals"][0]["gross"]["amount"] == 1_000


async def test_events_go_on_into_the_rebuilt_generation(reporting: Reporting) -> None:
    first, second = order_created(), order_created()
    await reporting.tell(first)
    await reporting.rebuilt()
    await reporting.tell(confirmed(first), second, confirmed(second))
    assert (await reporting.get("sales"))["totals"][0]["orders"] == 2
    async with reporting.service.begin() as work:
        assert await rebuild.compare(work.connection, work.now) == []


async def test_an_audit_finds_what_differs_and_leaves_no_trace(reporting: Reporting) -> None:
    good, bad = order_created(), order_created()
    await reporting.tell(good, bad, *many_events(10, seed=2))
    async with reporting.service.database.acquire() as connection:
        now = datetime.now(UTC)
        assert await rebuild.compare(connection, now) == []
        await connection.execute("update orders set refunded = 5 where order_id = $1", bad.order_id)
        assert await rebuild.compare(connection, now) == [bad.order_id]
        assert await connection.fetchval("select count(*) from orders where generation <> 1") == 0


async def test_a_rebuild_goes_on_where_a_stopped_process_left_it(reporting: Reporting) -> None:
    await reporting.tell(*many_events(30, seed=3))
    async with reporting.service.begin(actor="staff:1") as work:
        await rebuild_job.ask(work)
        job = await work.connection.fetchrow("select * from rebuilds")
        live = await rebuild.live_cursor(work.connection)
    at = await _some_steps(reporting, job, live, steps=1)
    assert at.seen != live.seen
    rebuild_job.wake(reporting.service)
    await reporting.wait_for_rebuild()
    view = await reporting.get("rebuild")
    assert (view["status"], view["differences"], view["requested_by"]) == ("done", 0, "staff:1")


async def _some_steps(reporting: Reporting, job: Any, live: rebuild.Cursor, steps: int) -> rebuild.Cursor:
    async with reporting.service.database.acquire() as connection:
        at = await rebuild.first_cursor(connection)
    for _ in range(steps):
        async with reporting.service.begin() as work:
            reached = await rebuild_job.step(work, job, at, live, frozenset())
        assert reached is not None
        at = reached
    return at


async def test_only_one_rebuild_runs_at_a_time(reporting: Reporting) -> None:
    async with reporting.service.begin() as work:
        await rebuild_job.ask(work)
    answer = await reporting.services.call("reporting", Principal("admin", "a"))("POST", "/reports/rebuild")
    assert answer.status == 409


async def test_a_letter_that_was_discarded_has_no_effect_in_a_rebuild(reporting: Reporting) -> None:
    order = order_created()
    await reporting.tell(order, confirmed(order))
    async with reporting.service.begin() as work:
        work.publish(refunded(order, 400, Pieces(sku="MUG", quantity=-1)))
    assert await reporting.parked() == order.order_id
    view = await reporting.rebuilt()
    assert (view["status"], view["differences"]) == ("done", 0)
    assert (await reporting.get("sales"))["totals"][0]["refunded"]["amount"] == 0
