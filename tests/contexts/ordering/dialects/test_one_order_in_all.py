"""An order made in one dialect is visible in all others, in their words."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
import pytest_asyncio

from comanda.platform.postgres import EmbeddedPostgres
from comanda.runtime.dialects import DIALECTS
from tests.contexts.ordering.dialects.test_words import TABLES, expected
from tests.support.database import cloned_database
from tests.support.doors import served, visiting
from tests.support.services import STAFF
from tests.support.shop import ADDRESS, Shop, open_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

READ_AT = {
    "workflow": "/orders/{id}",
    "commandes": "/commandes/{number}",
    "checkout": "/order/{id}",
    "pedidos": "/orders/{number}",
}

MADE_BY: dict[str, tuple[str, dict[str, Any], str]] = {
    "workflow": (
        "/orders",
        {
            "lines": [{"sku": "1", "quantity": 1}],
            "customer_id": "anybody",
            "shipping_address": ADDRESS,
            "payment_method": {"type": "card"},
        },
        "number",
    ),
    "commandes": ("/commandes", {"order_id": "CMD001", "customer_id": "anybody", "total_amount": 1}, "id"),
    "checkout": (
        "/order",
        {"userId": "anybody", "deliveryAddress": ADDRESS, "paymentMethod": {"type": "card"}},
        "orderNumber",
    ),
    "pedidos": (
        "/orders",
        {
            "customerId": "anybody",
            "itens": [{"id": 1, "quantity": 1}],
            "delivery": {"address": {"street": "Rua", "city": "Rio", "country": "Brazil", "zipcode": "20000-000"}},
        },
        "id",
    ),
}
"""Where an order is made, with which body, and where its number is in the answer."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(postgres: EmbeddedPostgres) -> AsyncIterator[Shop]:
    async with cloned_database(postgres) as database, open_shop(database) as opened:
        await opened.stock({"1": 1_000})
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def dialects(shop: Shop) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """A member of staff at every dialect."""
    async with AsyncExitStack() as stack:
        clients = {}
        for dialect in DIALECTS:
            url = await stack.enter_async_context(served(shop, dialect))
            clients[dialect.name] = await stack.enter_async_context(visiting(shop, url, "staff", "staff-1"))
        yield clients


@pytest.mark.parametrize("maker", TABLES)
async def test_an_order_of_one_is_seen_in_all(maker: str, shop: Shop, dialects: dict[str, httpx.AsyncClient]) -> None:
    if maker == "checkout":
        await shop.post("carting", "/carts", {"customer_id": "anybody", "items": [{"sku": "1", "quantity": 1}]})
    path, body, number_at = MADE_BY[maker]
    made = await dialects[maker].post(path, json=body)
    assert made.status_code == 201, made.text
    number = made.json()[number_at]
    found = await shop.services.call("ordering", STAFF)("GET", "/orders", query={"number": number})
    (order,) = found.json()["items"]
    assert order["kind"] == ("recorded" if maker == "commandes" else "managed")
    if order["kind"] == "managed":
        order = await shop.until(order["id"], "completed")
    for name, client in dialects.items():
        answer = await client.get(READ_AT[name].format(id=order["id"], number=number))
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == expected(
            name, order["kind"], order["status"], order["inventory"]["status"], order["fulfillment"]["status"]
        )
