"""Stocking on a real database: batches of events, requests, and a look at the tables."""

from typing import Any

from comanda.contexts.stocking.reactions import reactions
from comanda.contexts.stocking.working_set import make_load
from comanda.kernel.event import Event
from comanda.messaging.reactions import Reload
from comanda.platform.outbound import Answer
from tests.contexts.stocking.facts import recorded
from tests.support.services import STAFF, Services


class Desk:
    """The running services, and what a test asks of stocking."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.service = services.process.services["stocking"]
        self.staff = services.call("stocking", STAFF)
        self.guest = services.call("stocking")
        self._load = make_load(self.service)
        self.reloads = 0

    async def read(self, *events: Event) -> list[Event]:
        """Let the service react to a batch, the way its consumer does. Answers what it published."""
        batch = [recorded(event, position) for position, event in enumerate(events)]
        while True:
            try:
                async with self.service.begin() as work:
                    shelf = await self._load(work, batch)
                    for item in batch:
                        for event in reactions.react(item, shelf):
                            work.publish(event)
                    await shelf.flush(work)
                    return [outgoing.event for outgoing in work.outgoing]
            except Reload:
                self.reloads += 1

    async def stock(self, **on_hand: int) -> None:
        """Put products into the catalogue, and pieces on the shelf."""
        products = [{"sku": sku, "name": sku, "price": {"amount": 100, "currency": "EUR"}} for sku in on_hand]
        catalogue = self.services.call("cataloging", STAFF)
        (await catalogue("POST", "/products/import", {"products": products})).checked()
        adjustments = [{"sku": sku, "delta": pieces, "reason": "received"} for sku, pieces in on_hand.items()]
        (await self.staff("POST", "/stock/adjustments", {"adjustments": adjustments})).checked()

    async def adjust(self, sku: str, delta: int, *, key: str | None = None) -> Answer:
        """Count pieces in or out."""
        return await self.staff("POST", f"/stock/{sku}/adjustments", {"delta": delta, "reason": "counted"}, key=key)

    async def counts(self, sku: str) -> tuple[int, int]:
        """On hand and reserved."""
        level = (await self.staff("GET", f"/stock/{sku}")).checked().json()
        return level["on_hand"], level["reserved"]

    async def rows(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        """What a query finds."""
        async with self.service.database.acquire() as connection:
            return [dict(row) for row in await connection.fetch(query, *arguments)]

    async def assert_adds_up(self) -> None:
        """Per product: on hand is the sum of the ledger, reserved that of what is open."""
        wrong = await self.rows(
            """
            select sku, on_hand, reserved
            from levels
            where on_hand <> (select coalesce(sum(delta), 0) from movements where movements.sku = levels.sku)
            or reserved <> (select coalesce(sum(quantity), 0) from open_reservations o where o.sku = levels.sku)
            """
        )
        assert wrong == []
