"""The whole shop in a test: goods on the shelf, orders over HTTP, waiting for them."""

import asyncio
from typing import Any

from tests.contexts.ordering.desk import Desk
from tests.support.services import STAFF, Caller

ADDRESS = {"street": "Rua Exemplo", "city": "Lisboa", "postal_code": "1000-001", "country": "PT"}


async def goods(desk: Desk, currency: str = "EUR", price: int = 1_000, **on_hand: int) -> None:
    """Put products into the catalogue, and pieces on the shelf."""
    products = [
        {"sku": sku, "name": f"Product {sku}", "price": {"amount": price, "currency": currency}} for sku in on_hand
    ]
    (await desk.services.call("cataloging", STAFF)("POST", "/products/import", {"products": products})).checked()
    counted = [{"sku": sku, "delta": n, "reason": "received"} for sku, n in on_hand.items() if n]
    if counted:
        stock = desk.services.call("stocking", STAFF)
        (await stock("POST", "/stock/adjustments", {"adjustments": counted})).checked()


def order_body(*lines: tuple[str, int], **more: Any) -> dict[str, Any]:
    """The body of an order of a guest."""
    return {
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
        "email": "ada@example.org",
        "shipping_address": ADDRESS,
        "payment_method": {"type": "card", "token": "tok_approved"},
    } | more


async def order_in_shop(desk: Desk, *lines: tuple[str, int], caller: Caller | None = None, **more: Any) -> str:
    """Place an order over HTTP; answers its id."""
    answer = await (caller or desk.guest)("POST", "/orders", order_body(*lines, **more))
    assert answer.status == 201, answer.body
    return str(answer.json()["id"])


async def until(desk: Desk, order_id: str, status: str) -> dict[str, Any]:
    """Wait until an order has a status; answers it."""
    async with asyncio.timeout(20):
        while True:
            order = await desk.order(order_id)
            if order["status"] == status:
                return order
            await asyncio.sleep(0.01)


async def settled(desk: Desk) -> None:
    """Wait until every consumer has worked off all that was written, and every call to the outside is answered."""
    process = desk.services.process
    async with asyncio.timeout(20):
        calm = 0
        while calm < 5:
            # By snapshot, not by position: what commits late has a lower position than what was read before it.
            behind = await desk.rows(
                """
                select consumer
                from messaging.cursors c
                where exists (
                    select
                    from messaging.log l
                    where not pg_visible_in_snapshot(l.xid, c.seen)
                    and l.type = any (c.types)
                )
                """
            )
            async with process.services["paying"].database.acquire() as connection:
                calls = await connection.fetch(
                    """
                    select order_id from payment_intents where ask in ('due', 'asked')
                    union all
                    select order_id from refunds where status = 'pending'
                    """
                )
            calm = calm + 1 if not behind and not calls and process.current() else 0
            await asyncio.sleep(0.02)
