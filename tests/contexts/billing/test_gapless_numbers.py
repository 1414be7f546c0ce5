"""Numbers have no gap and no double, whoever writes at the same time and whatever is rolled back."""

import asyncio
from datetime import UTC, datetime

from comanda.contexts.billing.card import card
from comanda.kernel.ids import new_id
from comanda.messaging.reactions import Reload
from tests.contexts.billing.test_papers import assert_true
from tests.support.database import Database
from tests.support.facts_of_orders import confirmed, created, refunded
from tests.support.one_service import OneService, one_service

WAITING = "select 1 from pg_sleep(0.01), pg_stat_activity where wait_event_type = 'Lock'"


async def test_batches_at_the_same_time_share_one_row_of_numbers(billing: OneService) -> None:
    batches = [[new_id() for _ in range(20)] for _ in range(12)]

    async def work_off(orders: list[str], fails: bool) -> None:
        await billing.read(*map(created, orders))
        events = [*map(confirmed, orders), *(refunded(order, 100) for order in orders[:5])]
        if fails:
            try:
                async with billing.service.begin() as work:
                    await billing.apply(work, events)
                    raise ConnectionError
            except ConnectionError:
                pass
        await billing.read(*events)

    await asyncio.gather(*(work_off(orders, position % 3 == 0) for position, orders in enumerate(batches)))
    assert await billing.rows("select series, last from counters order by series") == [
        {"series": "CN", "last": 60},
        {"series": "INV", "last": 240},
    ]
    await assert_true(billing)


async def test_the_same_order_confirmed_twice_at_once_gets_one_invoice(billing: OneService) -> None:
    orders = [new_id() for _ in range(10)]
    await billing.read(*map(created, orders))
    await asyncio.gather(*(billing.read(*map(confirmed, orders)) for _ in range(5)))
    assert await billing.rows("select count(*) as n, max(serial) as last from invoices") == [{"n": 10, "last": 10}]
    await assert_true(billing)


async def test_a_refund_read_while_the_invoice_is_being_issued_is_not_lost(billing: OneService) -> None:
    """Two processes may read ordering's and paying's events at the same time: the draft's row keeps them apart."""
    for _ in range(10):
        order = new_id()
        await billing.read(created(order))
        await asyncio.gather(billing.read(confirmed(order)), billing.read(refunded(order, 700)))
        rows = await billing.rows("select amount from credit_notes where order_id = $1", order)
        assert rows == [{"amount": 700}]


async def test_a_row_that_appears_since_the_load_is_loaded_anew(billing: OneService) -> None:
    order = new_id()
    async with billing.service.begin() as work:
        await billing.apply(work, [created(order)])
        twin = asyncio.create_task(billing.read(created(order), refunded(order, 50)))
        while not await billing.rows(WAITING):
            pass
    assert await twin == []
    assert billing.reloads == 1
    assert len(await billing.rows("select 1 from drafts where waiting is not null")) == 1


async def test_a_reload_is_how_a_batch_says_that_it_must_not_commit(billing: OneService) -> None:
    order = new_id()
    await billing.read(created(order), confirmed(order))
    try:
        async with billing.service.begin() as work:
            await billing.apply(work, [confirmed(new_id())])
            raise Reload
    except Reload:
        pass
    assert await billing.rows("select last from counters") == [{"last": 1}]


async def test_each_fiscal_year_counts_from_one(database: Database) -> None:
    now = datetime(2026, 12, 31, 22, 59, tzinfo=UTC)
    async with one_service(card, database, clock=lambda: now) as billing:
        billing.service.settings.set("shop.timezone", '"Europe/Paris"')
        await billing.read(*map(confirmed, (new_id(), new_id())))
        now = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
        await billing.read(confirmed(new_id()))
        rows = await billing.rows("select year, serial from invoices order by year, serial")
        assert [(row["year"], row["serial"]) for row in rows] == [(2026, 1), (2026, 2), (2027, 1)]
        await assert_true(billing)


async def test_invoices_and_credit_notes_may_share_a_series(billing: OneService) -> None:
    billing.service.settings.set("billing.credit_note_series", '"INV"')
    order, another = new_id(), new_id()
    await billing.read(confirmed(order), refunded(order, 100), confirmed(another), refunded(another, 200))
    numbers = await billing.rows(
        "select serial, 'invoice' as what from invoices union all select serial, 'note' from credit_notes order by 1"
    )
    assert [(row["serial"], row["what"]) for row in numbers] == [
        (1, "invoice"),
        (2, "invoice"),
        (3, "note"),
        (4, "note"),
    ]
