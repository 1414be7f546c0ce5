"""Cataloging on a real database: requests by staff and by guests, and what was published."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from comanda.contexts.cataloging.contract.client import CatalogingClient
from comanda.platform.outbound import Answer
from tests.support.services import STAFF, Services, customer

EUROS = {"amount": 1_999, "currency": "EUR"}


class Desk:
    """The running service, and what a test asks of it."""

    def __init__(self, services: Services) -> None:
        self.service = services.process.services["cataloging"]
        self.staff = services.call("cataloging", STAFF)
        self.guest = services.call("cataloging")
        self.customer = services.call("cataloging", customer("c-1"))
        self.client = CatalogingClient(self.service.outbound("cataloging"))

    async def add(self, sku: str, **values: Any) -> dict[str, Any]:
        """Put a product into the catalogue."""
        body = {"sku": sku, "name": sku, "price": EUROS} | values
        added: dict[str, Any] = (await self.staff("POST", "/products", body)).checked().json()
        return added

    async def add_category(self, slug: str, parent: str | None = None, **values: Any) -> Answer:
        """Add a category."""
        return await self.staff("POST", "/categories", {"slug": slug, "name": slug, "parent": parent} | values)

    async def found(self, **query: str | int) -> list[str]:
        """The skus that everybody finds, in order."""
        page = (await self.guest("GET", "/products", query=query)).checked().json()
        return [item["sku"] for item in page["items"]]

    async def published(self, sku: str | None = None) -> list[tuple[str, dict[str, Any]]]:
        """The events of cataloging, by name and data."""
        async with self.service.database.acquire() as connection:
            rows = await connection.fetch(
                """
                select split_part(type, '.', 3) as name, data
                from messaging.log
                where type like 'comanda.cataloging.%'
                and ($1::text is null or subject = $1)
                order by position
                """,
                sku,
            )
        return [(row["name"], json.loads(row["data"])) for row in rows]


async def eventually(ask: Callable[[], Awaitable[object]], expected: object) -> None:
    """Ask until the answer is as expected."""
    for _ in range(1_000):
        if await ask() == expected:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"it did not become {expected!r} within ten seconds")
