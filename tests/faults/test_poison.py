"""Events that a service cannot handle: they park with their order, all others go on, and a replay finishes it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.database import Database
from tests.support.disturbances import parked, poisoned_order, refusing
from tests.support.shop import Shop, open_shop

STUCK_AT = {
    "stocking": "created",
    "paying": "reserved",
    "billing": "completed",
    "shipping": "paid",
    "notifying": "shipping_scheduled",
}
"""How far an order gets when one service cannot write about it."""


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    """A shop of each test's own."""
    async with open_shop(database) as opened:
        yield opened


@pytest.mark.parametrize(("service", "status"), STUCK_AT.items())
async def test_an_order_that_a_service_cannot_handle_waits_while_others_complete(
    shop: Shop, service: str, status: str
) -> None:
    sku = await shop.product(100)
    async with poisoned_order(shop, service, {sku: 1}) as order_id:
        others = await asyncio.gather(*(shop.order({sku: 1}) for _ in range(20)))
        assert set((await shop.ended([order["id"] for order in others])).values()) == {"completed"}
        letters = await parked(shop, service, order_id)
        assert "poison" in letters[-1]["reason"]
        await shop.until(order_id, status)
        await _only_parked(shop, order_id)
        refused = await shop.call(service, "POST", f"/dead-letters/{letters[0]['id']}/replay")
        assert refused.status == 409, refused.body
    replayed = await shop.post(service, f"/dead-letters/{letters[0]['id']}/replay")
    assert replayed["replayed"] >= 1
    await shop.until(order_id, "completed")
    await shop.settled()
    assert (await shop.invoice(order_id))["status"] == "issued"
    assert [milestone for milestone, _ in await shop.messages(order_id)] == ["created", "confirmed"]
    assert await shop.level(sku) == (79, 0)
    await _only_parked(shop)


@pytest.mark.parametrize(("service", "status"), STUCK_AT.items())
async def test_a_parked_order_can_be_canceled_and_the_replay_does_nothing_more(
    shop: Shop, service: str, status: str
) -> None:
    sku = await shop.product(100)
    async with poisoned_order(shop, service, {sku: 1}) as order_id:
        letters = await parked(shop, service, order_id)
        await shop.until(order_id, status)
    assert (await shop.cancel(order_id)).status in (200, 202)
    await shop.until(order_id, "canceled")
    await _only_parked(shop, order_id)
    await shop.post(service, f"/dead-letters/{letters[0]['id']}/replay")
    await shop.settled()
    order = await shop.seen(order_id)
    assert order["status"] == "canceled"
    assert order["payment"]["status"] in ("voided", "refunded", "pending")
    assert await shop.level(sku) == (100, 0)
    await _only_parked(shop)


async def test_an_order_that_ordering_itself_cannot_write_waits_and_is_finished_by_a_replay(shop: Shop) -> None:
    sku = await shop.product(100)
    placed = await shop.order({sku: 1}, method="bank_transfer")
    await shop.until(placed["id"], "reserved")
    await shop.settled()
    async with refusing(shop, "ordering", placed["id"]):
        await shop.post("paying", f"/payment-intents/{placed['id']}/confirm")
        (letter, *_) = await parked(shop, "ordering", placed["id"])
        other = await shop.order({sku: 1})
        await shop.until(other["id"], "completed")
        assert (await shop.seen(placed["id"]))["status"] == "reserved"
        await _only_parked(shop, placed["id"])
    await shop.post("ordering", f"/dead-letters/{letter['id']}/replay")
    await shop.until(placed["id"], "completed")
    await _only_parked(shop)


async def _only_parked(shop: Shop, *order_ids: str) -> None:
    """The audit is clean, with these orders excused."""
    found = await shop.audit()
    assert ([breach for finding in found.findings for breach in finding.breaches], found.parked) == (
        [],
        list(order_ids),
    )
