"""Calls to the provider: unknown outcomes, zombies, refunds, on a real database."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from comanda.contexts.paying.provider import Voided
from comanda.kernel.ids import new_id
from comanda.messaging import intents
from comanda.messaging.intent_worker import Pace
from comanda.messaging.intents import NewIntent
from comanda.platform.database import Database as Pool
from tests.contexts.paying.facts import TOTAL, came_back, order_canceled, order_created, stock_reserved
from tests.contexts.paying.provider import BadLine
from tests.contexts.paying.running import EAGER, Paying, eventually, running
from tests.support.database import Database


@pytest.fixture
async def line(database: Database) -> AsyncIterator[BadLine]:
    """A provider whose line a test breaks."""
    pool = await Pool.open(database.dsn("paying"), service="paying")
    yield BadLine(pool)
    await pool.close()


@pytest.fixture
async def bad(database: Database, line: BadLine) -> AsyncIterator[Paying]:
    """Paying at the end of that line."""
    async with running(database, line) as paying:
        yield paying


async def held(paying: Paying, order: str) -> int:
    payment = await paying.payment(order)
    charge = await paying.row("select * from provider_charges where key = $1", order)
    assert (charge["status"] == "captured") == (payment["captured"] > 0)
    assert charge["refunded"] == payment["refunded"]
    return int(payment["captured"] - payment["refunded"])


async def ask_once(paying: Paying) -> None:
    """One round of calls, whatever it leaves to do."""
    for intent, request in await paying.worker.lease():
        await paying.worker.make(intent, request)


async def test_an_answer_that_is_lost_is_asked_for_again_and_the_money_taken_once(paying: Paying) -> None:
    order = new_id()
    await paying.read(order_created(order, token="tok_timeout"))
    assert await paying.read(stock_reserved(order)) == []
    assert await paying.call_provider() == 2
    assert await paying.published(order) == ["PaymentSucceeded"]
    assert await held(paying, order) == TOTAL
    assert await paying.rows("select 1 from intents") == []


async def test_money_taken_unheard_for_an_order_undone_meanwhile_is_sent_back(paying: Paying) -> None:
    order = new_id()
    await paying.read(order_created(order, token="tok_timeout"))
    await paying.read(stock_reserved(order))
    await ask_once(paying)
    assert await paying.read(order_canceled(order)) == []
    await paying.call_provider()
    assert await paying.published(order) == ["PaymentCaptured", "PaymentRefunded"]
    assert await held(paying, order) == 0


async def test_a_request_that_never_arrived_is_voided_before_it_can(bad: Paying, line: BadLine) -> None:
    order = new_id()
    await bad.read(order_created(order))
    await bad.read(stock_reserved(order))
    line.troubles = ["delayed"]
    await ask_once(bad)
    await bad.read(order_canceled(order))
    await bad.call_provider()
    assert await bad.published(order) == ["PaymentVoided"]
    assert await line.on_its_way[0]() == Voided()
    assert await held(bad, order) == 0
    assert line.calls == [("charge", order), ("void", order)]


async def test_an_undone_order_that_was_not_asked_for_is_never_asked_for(bad: Paying, line: BadLine) -> None:
    order = new_id()
    await bad.read(order_created(order), stock_reserved(order))
    await bad.read(order_canceled(order))
    assert await bad.call_provider() == 0
    assert line.calls == []
    assert await bad.published(order) == ["PaymentVoided"]


async def test_the_answer_of_a_cancel_that_came_during_the_call_is_waited_for(bad: Paying, line: BadLine) -> None:
    order = new_id()
    await bad.read(order_created(order), stock_reserved(order))
    ((intent, request),) = await bad.worker.lease()
    assert await bad.read(order_canceled(order)) == []
    await bad.worker.make(intent, request)
    await bad.call_provider()
    assert await bad.published(order) == ["PaymentCaptured", "PaymentRefunded"]
    assert await held(bad, order) == 0


async def test_a_zombie_records_nothing(database: Database, line: BadLine) -> None:
    order = new_id()
    async with running(database, line, Pace(lease_s=0.0, first_wait_s=0.0)) as paying:
        await paying.read(order_created(order), stock_reserved(order))
        ((stopped, its_request),) = await paying.worker.lease()
        ((intent, request),) = await paying.worker.lease()
        await paying.worker.make(intent, request)
        await paying.worker.make(stopped, its_request)
        assert await paying.published(order) == ["PaymentSucceeded"]
        assert await held(paying, order) == TOTAL


async def test_a_lease_is_not_given_twice_and_ends_by_itself(bad: Paying) -> None:
    order = new_id()
    await bad.read(order_created(order), stock_reserved(order))
    assert len(await bad.worker.lease()) == 1
    assert await bad.worker.lease() == []
    await bad.rows("update intents set leased_until = now() - interval '1 s'")
    await bad.call_provider()
    assert await bad.published(order) == ["PaymentSucceeded"]


async def test_an_automatic_refund_is_what_remains_after_the_calls_before_it(bad: Paying, line: BadLine) -> None:
    order = new_id()
    await bad.read(order_created(order), stock_reserved(order))
    await bad.call_provider()
    async with bad.client() as client:
        body = {"order_id": order, "amount": {"amount": 500, "currency": "EUR"}, "reason": "late"}
        assert (await client.post("/refunds", json=body)).status_code == 201
    await bad.read(came_back(order, 700), order_canceled(order))
    line.troubles = ["lost", "", "lost"]
    await bad.call_provider()
    amounts = await bad.rows("select cause, amount from refunds order by id")
    assert [tuple(row) for row in amounts] == [("staff", 500), ("return", 700), ("undone", 800)]
    assert await held(bad, order) == 0


async def test_calls_for_one_payment_are_serial(bad: Paying) -> None:
    order, other = new_id(), new_id()
    for one in (order, other):
        await bad.read(order_created(one), stock_reserved(one))
    await bad.call_provider()
    await bad.read(came_back(order, 100, "first"), came_back(order, 100, "second"), came_back(other, 100))
    leased = await bad.worker.lease()
    assert sorted(intent.subject for intent, _ in leased) == sorted([order, other])
    assert await bad.worker.lease() == []


async def test_the_same_return_is_refunded_once(bad: Paying) -> None:
    order = new_id()
    await bad.read(order_created(order), stock_reserved(order))
    await bad.call_provider()
    await bad.read(came_back(order, 700), came_back(order, 700))
    await bad.read(came_back(order, 700))
    await bad.call_provider()
    assert await held(bad, order) == TOTAL - 700


async def test_a_refused_refund_is_listed_and_can_be_tried_again_or_settled(paying: Paying) -> None:
    order = new_id()
    await paying.read(order_created(order, token="tok_refund_fails"), stock_reserved(order))
    await paying.call_provider()
    await paying.read(order_canceled(order))
    await paying.call_provider()
    assert (await paying.published(order))[-1] == "PaymentRefundFailed"
    async with paying.client() as client:
        (refund,) = (await client.get("/refunds", params={"status": "failed"})).json()["items"]
        assert refund["amount"] == {"amount": TOTAL, "currency": "EUR"}
        assert (await client.post(f"/refunds/{refund['id']}/retry")).json()["status"] == "pending"
        await paying.call_provider()
        assert (await paying.published(order))[-1] == "PaymentRefundFailed"
        settled = await client.post(f"/refunds/{refund['id']}/settle", json={"note": "by bank transfer"})
        assert settled.json()["status"] == "settled"
        assert (await client.post(f"/refunds/{refund['id']}/settle", json={"note": "again"})).status_code == 409
    assert (await paying.published(order))[-1] == "PaymentRefunded"
    payment = await paying.payment(order)
    assert payment["refunded"] == payment["captured"] == TOTAL


async def test_a_refund_that_fails_once_is_paid_when_tried_again(paying: Paying) -> None:
    order = new_id()
    await paying.read(order_created(order, token="tok_refund_fails_once"), stock_reserved(order))
    await paying.call_provider()
    await paying.read(order_canceled(order))
    await paying.call_provider()
    (refund,) = await paying.rows("select id from refunds where status = 'failed'")
    async with paying.client() as client:
        await client.post(f"/refunds/{refund['id']}/retry")
    await paying.call_provider()
    assert await held(paying, order) == 0


async def test_one_call_that_cannot_be_prepared_does_not_stop_the_others(bad: Paying) -> None:
    async with bad.service.begin() as work:
        await intents.write(work.connection, [NewIntent(new_id(), "refund", "no refund's id")])
    order = new_id()
    await bad.read(order_created(order), stock_reserved(order))
    await bad.call_provider()
    assert await bad.published(order) == ["PaymentSucceeded"]
    (stuck,) = await bad.rows("select problem, due_at > now() as waits from intents")
    assert stuck["waits"]
    assert "no refund's id" in stuck["problem"]


async def test_waits_between_calls_grow_and_stay_capped() -> None:
    pace = Pace(first_wait_s=1.0, longest_wait_s=10.0)
    assert all(0.5 <= pace.wait_s(0) <= 1.0 for _ in range(100))
    assert all(2.0 <= pace.wait_s(2) <= 4.0 for _ in range(100))
    assert all(5.0 <= pace.wait_s(99) <= 10.0 for _ in range(100))
    assert EAGER.wait_s(5) == 0.0


async def test_the_running_worker_makes_calls_by_itself(bad: Paying) -> None:
    order = new_id()
    running_worker = asyncio.create_task(bad.worker.run())
    await bad.read(order_created(order), stock_reserved(order))

    async def succeeded() -> bool:
        return await bad.published(order) == ["PaymentSucceeded"]

    await eventually(succeeded)
    bad.service.stopping.set()
    await running_worker
