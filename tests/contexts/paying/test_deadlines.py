"""The payment deadline: judged once, and never while an answer is out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from comanda.contexts.paying.deadlines import judge
from comanda.kernel.ids import new_id
from tests.contexts.paying.facts import order_created, stock_reserved
from tests.contexts.paying.running import Paying

SOON = datetime.now(UTC) + timedelta(minutes=1)


@pytest.fixture(autouse=True)
async def _two_days_later(paying: Paying) -> None:
    paying.service.transactions.clock = lambda: datetime.now(UTC) + timedelta(days=2)
    paying.service.clock = paying.service.transactions.clock


async def time_passes(paying: Paying) -> None:
    """Judge everything up to now."""
    while True:
        async with paying.service.begin() as work:
            if await judge(paying.service, work) >= work.now:
                return


async def written_today(paying: Paying, *orders: str, **values: Any) -> None:
    """Payments whose deadline is over."""
    clock, paying.service.transactions.clock = paying.service.transactions.clock, lambda: datetime.now(UTC)
    for order in orders:
        await paying.read(order_created(order, deadline=SOON, **values), stock_reserved(order))
    paying.service.transactions.clock = clock


async def test_a_transfer_that_does_not_come_fails(paying: Paying) -> None:
    order, paid = new_id(), new_id()
    await written_today(paying, order, paid, method="bank_transfer")
    async with paying.client() as staff:
        await staff.post(f"/payment-intents/{paid}/confirm")
    await time_passes(paying)
    await time_passes(paying)
    assert await paying.published(order) == ["PaymentFailed"]
    assert (await paying.payment(order))["reason"] == "expired"
    assert await paying.published(paid) == ["PaymentSucceeded"]


async def test_a_deadline_of_tomorrow_is_left_alone(paying: Paying) -> None:
    order = new_id()
    later = datetime.now(UTC) + timedelta(days=3)
    await paying.read(order_created(order, method="bank_transfer", deadline=later))
    await time_passes(paying)
    assert await paying.published(order) == []


async def test_an_answer_that_is_out_is_waited_for_and_captured_still_counts(paying: Paying) -> None:
    order = new_id()
    await written_today(paying, order, token="tok_timeout")
    ((intent, request),) = await paying.worker.lease()
    await time_passes(paying)
    assert await paying.published(order) == []
    await paying.worker.make(intent, request)
    await paying.call_provider()
    assert await paying.published(order) == ["PaymentSucceeded"]


async def test_a_pending_card_is_voided_before_it_fails(paying: Paying) -> None:
    order = new_id()
    await written_today(paying, order, token="tok_pending")
    await paying.call_provider()
    await time_passes(paying)
    assert await paying.published(order) == []
    await paying.call_provider()
    assert await paying.published(order) == ["PaymentFailed"]
    assert (await paying.payment(order))["reason"] == "expired"
    assert (await paying.row("select status from provider_charges"))["status"] == "voided"


async def test_the_time_of_an_order_behind_a_dead_letter_stands_still(paying: Paying) -> None:
    order = new_id()
    await written_today(paying, order, method="bank_transfer")
    await paying.rows("insert into messaging.parked_subjects (consumer, subject) values ('paying', $1)", order)
    await time_passes(paying)
    assert await paying.published(order) == []
    assert (await paying.payment(order))["deadline"] > paying.service.clock()


async def test_more_than_a_piece_at_once_are_all_judged(paying: Paying, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comanda.contexts.paying.deadlines.PIECE", 2)
    orders = [new_id() for _ in range(7)]
    await written_today(paying, *orders, method="bank_transfer")
    await time_passes(paying)
    assert await paying.published() == ["PaymentFailed"] * 7
