"""A whole shop in a test: every service in one process on a real database, with products and stock."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from comanda.platform.auth import ANONYMOUS, Principal
from comanda.platform.database import connect
from comanda.platform.outbound import Answer
from comanda.runtime.audit.run import Audit, audit
from comanda.runtime.contexts import CONTEXTS
from tests.support.database import Database
from tests.support.services import ADMIN, STAFF, Services, running

ADDRESS = {
    "recipient": "Ada Guest",
    "street": "Rua Exemplo",
    "number": "10A",
    "city": "Lisboa",
    "postal_code": "1000-001",
    "country": "PT",
}
ENDED = ("completed", "failed", "canceled")


class Shop:
    """What a test does with the shop: order, wait, look, audit."""

    def __init__(self, services: Services, database: Database) -> None:
        self.services = services
        self.database = database

    async def stock(self, products: dict[str, int], *, price: int = 1999) -> None:
        """Products, each at the same price in EUR, with so many pieces on hand."""
        await self.post(
            "cataloging",
            "/products/import",
            {
                "products": [
                    {"sku": s, "name": f"Product {s}", "price": {"amount": price, "currency": "EUR"}} for s in products
                ]
            },
            by=ADMIN,
        )
        pieces = [{"sku": sku, "delta": count, "reason": "received"} for sku, count in products.items() if count]
        if pieces:
            await self.post("stocking", "/stock/adjustments", {"adjustments": pieces}, by=ADMIN)

    def body(
        self, lines: dict[str, int], *, method: str = "card", token: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """The body of a guest's POST /orders."""
        payment: dict[str, Any] = {"type": method}
        if method == "card":
            payment["token"] = token or "tok_approved"
        return {
            "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines.items()],
            "email": "ada@example.org",
            "shipping_address": ADDRESS,
            "payment_method": payment,
            **more,
        }

    async def order(
        self,
        lines: dict[str, int],
        *,
        by: Principal = ANONYMOUS,
        key: str | None = None,
        method: str = "card",
        token: str | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Place an order; answers it as created."""
        body = self.body(lines, method=method, token=token, **more)
        answer = await self.services.call("ordering", by)("POST", "/orders", body, key=key)
        assert answer.status == 201, answer.body
        placed: dict[str, Any] = answer.json()
        return placed

    async def post(
        self, service: str, path: str, body: Any = None, *, by: Principal = STAFF, key: str | None = None
    ) -> Any:
        """A POST that succeeds; answers its JSON."""
        answer = await self.services.call(service, by)("POST", path, body if body is not None else {}, key=key)
        assert answer.status < 300, (answer.status, answer.body)
        return answer.json()

    async def get(self, service: str, path: str, *, by: Principal = STAFF) -> Any:
        """A GET that succeeds; answers its JSON."""
        answer = await self.services.call(service, by)("GET", path)
        assert answer.status == 200, (answer.status, answer.body)
        return answer.json()

    async def call(self, service: str, method: str, path: str, body: Any = None, *, by: Principal = STAFF) -> Answer:
        """Any call, whatever it answers."""
        return await self.services.call(service, by)(method, path, body)

    async def seen(self, order_id: str) -> dict[str, Any]:
        """The order as staff see it."""
        order: dict[str, Any] = await self.get("ordering", f"/orders/{order_id}")
        return order

    async def until(self, order_id: str, *statuses: str, seconds: float = 20.0) -> dict[str, Any]:
        """Wait until the order has one of the statuses (else: until it has ended)."""
        return await self.until_it(order_id, lambda order: order["status"] in (statuses or ENDED), seconds)

    async def until_it(self, order_id: str, good: Any, seconds: float = 20.0) -> dict[str, Any]:
        """Wait until the order is as it should be. Raises AssertionError with how it is."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            order = await self.seen(order_id)
            if good(order):
                return order
            assert asyncio.get_running_loop().time() < deadline, order
            await asyncio.sleep(0.02)

    async def settled(self, seconds: float = 20.0) -> None:
        """Wait until every consumer has read everything and no outside call is due."""
        found = await audit(self.database.superuser_dsn, patience_s=seconds)
        assert not found.waiting, found.waiting

    async def audit(self) -> Audit:
        """The audit's findings."""
        return await audit(self.database.superuser_dsn)

    async def assert_clean(self) -> None:
        """Every invariant holds."""
        found = await self.audit()
        assert found.clean, found.as_json()

    async def level(self, sku: str) -> tuple[int, int]:
        """Pieces on hand, pieces reserved."""
        level = await self.get("stocking", f"/stock/{sku}")
        return level["on_hand"], level["reserved"]

    @asynccontextmanager
    async def sql(self) -> AsyncIterator[asyncpg.Connection]:
        """The database, as its superuser."""
        connection = await connect(self.database.superuser_dsn, service="ordering")
        try:
            yield connection
        finally:
            await connection.close()

    async def ended(self, order_ids: Sequence[str], seconds: float = 60.0) -> dict[str, str]:
        """Wait until all orders have ended; answers their statuses."""
        deadline = asyncio.get_running_loop().time() + seconds
        async with self.sql() as connection:
            while True:
                rows = await connection.fetch(
                    "select order_id, status from ordering.progress where order_id = any ($1::uuid[])", order_ids
                )
                statuses = {row["order_id"]: row["status"] for row in rows}
                if all(status in ENDED for status in statuses.values()):
                    return statuses
                assert asyncio.get_running_loop().time() < deadline, statuses
                await asyncio.sleep(0.05)


@asynccontextmanager
async def open_shop(database: Database) -> AsyncIterator[Shop]:
    """The shop, closed afterwards."""
    async with running(database, CONTEXTS) as services:
        yield Shop(services, database)
