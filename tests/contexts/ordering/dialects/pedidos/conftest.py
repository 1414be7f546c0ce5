"""One shop for the tests of a module, its dialect on a real port, and its staff in front of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest_asyncio

from comanda.contexts.ordering.dialects.pedidos import dialect
from comanda.platform.postgres import EmbeddedPostgres
from tests.contexts.ordering.dialects.pedidos.seed import BODY
from tests.support.database import cloned_database
from tests.support.doors import served, visiting
from tests.support.listener import until
from tests.support.shop import Shop, open_shop

JSON = {"Content-Type": "application/json"}


@dataclass
class Balcao:
    """The counter: the shop, the dialect's URL, and a client with a token of the staff."""

    shop: Shop
    url: str
    staff: httpx.AsyncClient

    async def post(
        self, body: str | bytes = BODY, *, by: httpx.AsyncClient | None = None, **headers: str
    ) -> httpx.Response:
        """POST /orders with a body sent as it is."""
        return await (by or self.staff).post("/orders", content=body, headers=JSON | headers)

    async def order(self, body: str | bytes = BODY, *, by: httpx.AsyncClient | None = None) -> int:
        """A pedido that is taken; answers its id."""
        answer = await self.post(body, by=by)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    async def seen(self, number: int) -> dict[str, Any]:
        """GET /orders/{id}."""
        answer = await self.staff.get(f"/orders/{number}")
        assert answer.status_code == 200, answer.text
        pedido: dict[str, Any] = answer.json()
        return pedido

    async def until(self, number: int, status: str) -> dict[str, Any]:
        """Wait until the pedido has the status."""
        return await until(lambda: self.seen(number), lambda pedido: pedido["status"] == status)

    async def cancel(self, number: int) -> httpx.Response:
        """POST /orders/{id}/cancel."""
        return await self.staff.post(f"/orders/{number}/cancel")

    async def canonical(self, number: int) -> dict[str, Any]:
        """The same order as ordering answers it."""
        page = await self.shop.get("ordering", f"/orders/{await self.id_of(number)}")
        order: dict[str, Any] = page
        return order

    async def id_of(self, number: int) -> str:
        """The order's id in ordering."""
        async with self.shop.sql() as connection:
            return str(await connection.fetchval("select id from ordering.orders where number = $1", number))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def balcao(postgres: EmbeddedPostgres) -> AsyncIterator[Balcao]:
    """A running shop with the seed's products, 1 and 2, behind the dialect."""
    async with cloned_database(postgres) as database, open_shop(database) as shop:
        await shop.stock({"1": 100_000, "2": 100_000})
        async with served(shop, dialect) as url, visiting(shop, url, "staff", "staff-1") as staff:
            yield Balcao(shop, url, staff)
