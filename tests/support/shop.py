"""A whole shop in a test: every service in one process on a real database, with products and stock."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
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
        self._fresh = itertools.count(1)

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

    async def product(self, pieces: int, *, price: int = 1999) -> str:
        """A new product with so many pieces on hand; answers its sku."""
        sku = f"SKU-{next(self._fresh):04}"
        await self.stock({sku: pieces}, price=price)
        return sku

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

    async def put_setting(self, name: str, value: Any) -> None:
        """Change a system setting."""
        answer = await self.call("administering", "PUT", f"/settings/{name}", {"value": value}, by=ADMIN)
        assert answer.status == 200, answer.body

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

    async def items(self, service: str, path: str, order_id: str, **filters: str) -> list[dict[str, Any]]:
        """What a service lists for an order, oldest first."""
        query = {"order_id": order_id, "limit": 200, **filters}
        answer = await self.services.call(service, STAFF)("GET", path, query=query)
        assert answer.status == 200, answer.body
        return list(reversed(answer.json()["items"]))

    async def payment(self, order_id: str) -> dict[str, Any]:
        """What paying says about an order."""
        payment: dict[str, Any] = await self.get("paying", f"/payment-intents/{order_id}")
        return payment

    async def shipment(self, order_id: str) -> dict[str, Any]:
        """The order's parcel."""
        (parcel,) = [s for s in await self.items("shipping", "/shipments", order_id) if s["kind"] == "outbound"]
        return parcel

    async def returns_of(self, order_id: str) -> list[dict[str, Any]]:
        """The parcels that come back."""
        return [s for s in await self.items("shipping", "/shipments", order_id) if s["kind"] == "return"]

    async def invoice(self, order_id: str) -> dict[str, Any]:
        """The order's invoice or draft."""
        (invoice,) = await self.items("billing", "/invoices", order_id)
        return invoice

    async def credits(self, order_id: str) -> list[tuple[str, int]]:
        """The order's credit notes: cause and amount."""
        notes = await self.items("billing", "/credit-notes", order_id)
        return [(note["cause"], note["amount"]["amount"]) for note in notes]

    async def refunds(self, order_id: str) -> list[dict[str, Any]]:
        """The order's refunds."""
        return await self.items("paying", "/refunds", order_id)

    async def messages(self, order_id: str) -> list[tuple[str, str]]:
        """What the buyer was told by e-mail: milestone and status."""
        log = await self.items("notifying", "/notifications", order_id)
        return [(m["milestone"], m["status"]) for m in log if m["channel"] == "email" and m["copy_number"] == 0]

    async def events(self, order_id: str) -> list[str]:
        """The names of all events about an order, in log order."""
        async with self.sql() as connection:
            rows = await connection.fetch(
                "select split_part(type, '.', 3) as name from messaging.log where subject = $1 order by position",
                order_id,
            )
        return [row["name"] for row in rows]

    async def statuses(self, order_id: str) -> list[str]:
        """The states that an order went through."""
        page = await self.get("ordering", f"/orders/{order_id}/timeline")
        return [entry["changes"]["status"] for entry in page["items"] if "status" in entry["changes"]]

    async def cancel(self, order_id: str, *, by: Principal = STAFF) -> Answer:
        """POST /orders/{id}/cancel."""
        return await self.call("ordering", "POST", f"/orders/{order_id}/cancel", by=by)

    async def move_parcel(self, order_id: str, move: str, body: Any = None) -> Answer:
        """POST /shipments/{id}/dispatch and the like, for the order's parcel."""
        parcel = await self.shipment(order_id)
        return await self.call("shipping", "POST", f"/shipments/{parcel['id']}/{move}", body)

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


PROMPT = tuple(replace(context, linger_s=0.0) for context in CONTEXTS)
"""All contexts; reports, which take their time, are up to date at once: an audit waits for them."""


@asynccontextmanager
async def open_shop(database: Database, state: Mapping[str, Any] | None = None) -> AsyncIterator[Shop]:
    """The shop, closed afterwards. `state` is what the runtime gives its services."""
    async with running(database, PROMPT, state) as services:
        yield Shop(services, database)
