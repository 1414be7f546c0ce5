"""Suspended sellers."""

from comanda.contexts.administering.contract.events import SellerReinstated, SellerSuspended
from comanda.contexts.cataloging.sellers import tell_piece
from comanda.kernel.event import Event
from tests.contexts.cataloging.desk import EUROS, Desk, eventually


async def test_a_suspended_sellers_products_cannot_be_bought_until_reinstated(desk: Desk) -> None:
    await desk.add("HIS", seller_id="s-1")
    await desk.add("OURS")
    await happens(desk, SellerSuspended(seller_id="s-1", reason="fraud"))
    await eventually(lambda: availability(desk, "HIS"), False)
    await eventually(lambda: last_told(desk, "HIS"), False)
    assert (await desk.client.lookup(["OURS"]))["OURS"].available is True
    assert (await desk.guest("GET", "/products/HIS")).json()["available"] is False
    assert await desk.found(available="true") == ["OURS"]
    await happens(desk, SellerReinstated(seller_id="s-1"))
    await eventually(lambda: availability(desk, "HIS"), True)
    await eventually(lambda: last_told(desk, "HIS"), True)
    assert len(await desk.published("OURS")) == 1


async def test_what_a_suspended_seller_adds_cannot_be_bought(desk: Desk) -> None:
    await happens(desk, SellerSuspended(seller_id="s-1", reason="fraud"))
    async with desk.service.database.acquire() as connection:
        await eventually(lambda: connection.fetchval("select count(*) from suspended_sellers"), 1)
    added = await desk.add("NEW", seller_id="s-1")
    assert added["available"] is False
    assert [name for name, _ in await desk.published("NEW")] == ["ProductCreated", "ProductChanged"]


async def test_many_products_are_told_in_pieces(desk: Desk) -> None:
    items = [{"sku": f"P{n}", "name": f"P{n}", "price": EUROS, "seller_id": "s-1"} for n in range(25)]
    (await desk.staff("POST", "/products/import", {"products": items})).checked()
    desk.service.stopping.set()
    await happens(desk, SellerSuspended(seller_id="s-1", reason="fraud"))
    async with desk.service.database.acquire() as connection:
        await eventually(lambda: connection.fetchval("select count(*) from seller_jobs"), 1)
    pieces = []
    for _ in range(5):
        async with desk.service.begin() as work:
            if await tell_piece(work, 10):
                pieces.append(len(work.outgoing))
    assert pieces == [10, 10, 5]
    told = [data["sku"] for name, data in await desk.published() if name == "ProductChanged"]
    assert sorted(told) == sorted(f"P{n}" for n in range(25))


async def happens(desk: Desk, event: Event) -> None:
    """Administering publishes."""
    async with desk.service.begin() as work:
        work.publish(event)


async def availability(desk: Desk, sku: str) -> bool:
    """What orders are told."""
    return (await desk.client.lookup([sku]))[sku].available


async def last_told(desk: Desk, sku: str) -> object:
    """What the others were told last."""
    return (await desk.published(sku))[-1][1].get("available")
