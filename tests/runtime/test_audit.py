"""The audit is clean on a shop that works, and names whatever is wrong with one that does not."""

import asyncio

import pytest

from tests.support.database import Database
from tests.support.shop import Shop, open_shop

BREAKS = {
    1: (
        "update ordering.progress set status = 'paid', deadline = now() - interval '1 hour', completed_at = null",
        "delete from messaging.log where type = 'comanda.ordering.OrderCreated.v1'",
    ),
    2: (
        "update stocking.levels set on_hand = on_hand + 1 where sku = 'A'",
        "update stocking.levels set reserved = 1 where sku = 'A'",
        "update stocking.reservations set state = 'reserved'",
    ),
    3: (
        "update paying.payment_intents set refunded = 1",
        "delete from paying.provider_charges",
    ),
    4: (
        "alter table ordering.lines drop constraint lines_check;"
        "update ordering.lines set gross = gross + 1, net = net + 1",
    ),
    5: ("update billing.counters set last = last + 1",),
    6: ("delete from shipping.shipments",),
    7: (
        "update messaging.cursors set applied = applied - 1 where consumer = 'stocking'",
        "update messaging.cursors set consumed = consumed + 1, applied = applied + 1 where consumer = 'paying'",
        "insert into messaging.parked_subjects (consumer, subject) values ('paying', 'nobody')",
    ),
    8: (
        "update ordering.progress set confirmation = 'failed'",
        'update ordering.timeline set changes = \'{"status":"canceled"}\' where entry = 1',
    ),
    9: ("update reporting.orders set total = total + 1",),
}


async def _sell_something(shop: Shop) -> None:
    await shop.stock({"A": 10, "B": 10})
    placed = await shop.order({"A": 2, "B": 1})
    assert (await shop.until(placed["id"]))["status"] == "completed"


async def test_a_shop_that_works_is_clean(database: Database) -> None:
    async with open_shop(database) as shop:
        await _sell_something(shop)
        refused = await shop.order({"A": 100})
        assert (await shop.until(refused["id"]))["status"] == "failed"
        await shop.assert_clean()


async def test_orders_on_their_way_break_nothing(database: Database) -> None:
    async with open_shop(database) as shop:
        await shop.stock({"A": 1_000})
        selling = asyncio.create_task(_sell_until_stopped(shop))
        try:
            for _ in range(4):
                found = await shop.audit()
                assert found.clean, found.as_json()
        finally:
            selling.cancel()
        await shop.settled()
        async with shop.sql() as connection:
            assert await connection.fetchval("select count(*) from ordering.orders") > 10


async def _sell_until_stopped(shop: Shop) -> None:
    while True:
        await shop.order({"A": 1})


@pytest.mark.parametrize("number", BREAKS)
async def test_every_breach_is_found_by_its_invariant(database: Database, number: int) -> None:
    async with open_shop(database) as shop:
        await _sell_something(shop)
        await shop.settled()
        async with shop.sql() as connection:
            for statement in BREAKS[number]:
                transaction = connection.transaction()
                await transaction.start()
                await connection.execute(statement)
                await transaction.commit()
                found = await shop.audit()
                broken = {finding.invariant.number for finding in found.findings if finding.count}
                assert number in broken, (statement, found.as_json())
