"""What gets in a shop's way in a test: services that are held up, events that cannot be handled, time that passes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from comanda.kernel.clock import utc_now
from tests.support.listener import until
from tests.support.services import ADMIN
from tests.support.shop import Shop

HELD_BY = {
    "stocking": "stocking.reservations",
    "paying": "paying.payment_intents",
    "billing": "billing.invoices",
    "shipping": "shipping.shipments",
    "notifying": "notifying.notifications",
    "ordering": "ordering.progress",
}
"""Tables without which a service gets no further."""


@asynccontextmanager
async def holding(shop: Shop, service: str) -> AsyncIterator[None]:
    """The service writes nothing until the block ends: its transactions wait for a lock, again and again."""
    async with shop.sql() as connection, connection.transaction():
        await connection.execute(f"lock table {HELD_BY[service]} in exclusive mode")
        yield


@asynccontextmanager
async def refusing(shop: Shop, service: str, order_id: str) -> AsyncIterator[None]:
    """Nothing new about the order can be written by the service: its events are poison until the block ends."""
    async with shop.sql() as connection:
        await _poison(connection, service, order_id)
        try:
            yield
        finally:
            await connection.execute(f"alter table {HELD_BY[service]} drop constraint poison")


@asynccontextmanager
async def poisoned_order(shop: Shop, service: str, lines: dict[str, int], **more: Any) -> AsyncIterator[str]:
    """A new order, by its id, that the service can write nothing about until the block ends."""
    async with shop.sql() as connection:
        async with connection.transaction():
            await connection.execute(f"lock table {HELD_BY[service]} in exclusive mode")
            placed = await shop.order(lines, **more)
            await _poison(connection, service, placed["id"])
        try:
            yield placed["id"]
        finally:
            await connection.execute(f"alter table {HELD_BY[service]} drop constraint poison")


async def _poison(connection: asyncpg.Connection, service: str, order_id: str) -> None:
    key = {"stocking": "id", "notifying": "about"}.get(service, "order_id")
    await connection.execute(
        f"alter table {HELD_BY[service]} add constraint poison check ({key}::text <> '{order_id}') not valid"
    )


@asynccontextmanager
async def setting(shop: Shop, service: str, name: str, value: Any) -> AsyncIterator[None]:
    """A setting of a service, in force inside the block, back at what it was afterwards."""
    before = shop.services.process.services[service].settings[name]
    await change_setting(shop, service, name, value)
    try:
        yield
    finally:
        await change_setting(shop, service, name, before)


async def change_setting(shop: Shop, service: str, name: str, value: Any) -> None:
    """Set it as staff do, and wait until the service goes by it."""
    answer = await shop.call("administering", "PUT", f"/settings/{name}", {"value": value}, by=ADMIN)
    assert answer.status == 200, answer.body
    settings = shop.services.process.services[service].settings

    async def present() -> Any:
        return settings[name]

    await until(present, lambda now: now == value)


def let_time_pass(shop: Shop, **ahead: float) -> None:
    """From now on the clocks of all services are ahead by so much (`hours=1`), and every consumer has kept up long."""

    def later() -> datetime:
        return utc_now() + timedelta(**ahead)

    for service in shop.services.process.services.values():
        service.clock = later
        service.transactions.clock = later
        service.pacing_current_for_s = lambda: 3_600.0


async def give_up(shop: Shop, service: str, order_id: str) -> None:
    """Discard all letters of an order: what they said never has an effect in the service."""
    for letter in await parked(shop, service, order_id):
        await shop.post(service, f"/dead-letters/{letter['id']}/discard")


async def say_again(shop: Shop, order_id: str) -> int:
    """Publish every event about an order once more, word for word; answers how many."""
    async with shop.sql() as connection, connection.transaction():
        said = await connection.fetchval(
            """
            with again as (
                insert into messaging.log (type, subject, trace, actor, person, data, personal)
                select type, subject, trace, actor, person, data, personal
                from messaging.log
                where subject = $1
                order by position
                returning 1
            )
            select count(*) from again
            """,
            order_id,
        )
    shop.services.process.reader.wake()
    return int(said)


async def parked(shop: Shop, service: str, order_id: str) -> list[dict[str, Any]]:
    """Wait until the service has parked events of the order; answers its letters, newest first."""

    async def letters() -> list[dict[str, Any]]:
        return list(reversed(await shop.items(service, "/dead-letters", order_id, subject=order_id)))

    return await until(letters, bool)
