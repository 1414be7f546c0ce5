"""Carting and cataloging on a real database, and visitors who call them over HTTP without a socket."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from comanda.contexts.carting.card import card
from comanda.kernel.event import Event
from comanda.messaging.reactions import Reload
from comanda.messaging.recorded import Recorded
from comanda.messaging.service import Service
from comanda.platform.auth import ANONYMOUS, Principal
from tests.support.services import STAFF, Services
from tests.support.visitors import Visitor

EUR = {"mug": 1_250, "shirt": 2_999, "poster": 999}
"""Products in euros, by price in cents; `kimono` is sold in yen."""


class Shop:
    """The shop that the tests of carting visit."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._position = 0

    @property
    def carting(self) -> Service:
        """The running service."""
        return self._services.process.services["carting"]

    def visit(self, principal: Principal = ANONYMOUS, service: str = "carting") -> Visitor:
        """Somebody at one of the services."""
        app = self._services.process.services[service].edge
        assert app is not None
        return Visitor(app, principal)

    async def stock_catalogue(self) -> None:
        """Put the products into the catalogue."""
        for sku, amount in EUR.items():
            await self.price(sku, amount, "EUR")
        await self.price("kimono", 9_000, "JPY")

    async def price(self, sku: str, amount: int, currency: str) -> None:
        """Sell a product at a price from now on."""
        product = {"sku": sku, "name": sku.title(), "price": {"amount": amount, "currency": currency}}
        answer = await self.visit(STAFF, "cataloging")("POST", "/products/import", {"products": [product]})
        assert answer.status_code == 200 and not answer.json()["rejected"], answer.text

    async def retire(self, sku: str) -> None:
        """Take a product out of the catalogue."""
        answer = await self.visit(STAFF, "cataloging")("DELETE", f"/products/{sku}")
        assert answer.status_code < 300, answer.text

    async def read(self, *events: Event) -> list[Event]:
        """Let carting react to a batch of events. Answers what it published."""
        assert card.reactions is not None and card.make_load is not None
        batch = [self._recorded(event) for event in events]
        while True:
            try:
                async with self.carting.begin() as work:
                    closing = await card.make_load(self.carting)(work, batch)
                    for recorded in batch:
                        work.publish(*card.reactions.react(recorded, closing))
                    await closing.flush(work)
                    return [outgoing.event for outgoing in work.outgoing]
            except Reload:
                continue

    async def rows(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        """What a query finds."""
        async with self.carting.database.acquire() as connection:
            return [dict(row) for row in await connection.fetch(query, *arguments)]

    def travel(self, span: timedelta) -> None:
        """Set carting's clock forward."""
        at: datetime = self.carting.clock() + span
        self.carting.clock = self.carting.transactions.clock = lambda: at

    def _recorded(self, event: Event) -> Recorded:
        self._position += 1
        return Recorded(self._position, event.TYPE, event.subject, self.carting.clock(), "", None, event)


def lines(**quantities: int) -> dict[str, Any]:
    """A body that names lines: `lines(mug=2)`."""
    return {"items": [{"sku": sku, "quantity": quantity} for sku, quantity in quantities.items()]}


def quantities(cart: Mapping[str, Any]) -> dict[str, int]:
    """The lines of a cart as answered: `{"mug": 2}`."""
    return {line["sku"]: line["quantity"] for line in cart["items"]}
