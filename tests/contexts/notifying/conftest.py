"""Notifying in a test: events go through the real log."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from comanda.contexts.notifying.card import card
from comanda.contexts.profiling.card import card as profiling
from comanda.kernel.event import Event
from comanda.platform.auth import Principal
from comanda.platform.outbound import Answer
from tests.support.database import Database
from tests.support.services import STAFF, Services, running


class Notifying:
    """The running service: `tell` it events, then look at what it wrote and published."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.service = services.process.services["notifying"]

    async def tell(self, *events: Event) -> None:
        """Publish events, and wait until notifying has worked them off."""
        async with self.service.begin() as work:
            work.publish(*events)
        async with self.service.database.acquire() as connection:
            newest = await connection.fetchval("select max(position) from messaging.log")
        async with asyncio.timeout(20):
            while True:
                if await self._read_up_to() >= newest:
                    return
                await asyncio.sleep(0.005)

    async def _read_up_to(self) -> int:
        async with self.service.database.acquire() as connection:
            last: int | None = await connection.fetchval(
                "select last from messaging.cursors where consumer = 'notifying' and seen::text = upto::text"
            )
        return last or 0

    async def call(
        self, method: str, path: str, json: Any = None, *, principal: Principal = STAFF, **query: str | int
    ) -> Answer:
        """One request."""
        return await self.services.call("notifying", principal)(method, path, json, query=query)

    async def get(self, path: str, **query: str | int) -> Any:
        """What a list or an object shows to staff."""
        answer = await self.call("GET", path, **query)
        assert answer.status == 200, answer.body
        return answer.json()

    async def log(self, order_id: str) -> list[tuple[str, str, str]]:
        """Milestone, channel and status of all messages about an order, in the order they were written."""
        items = (await self.get("/notifications", order_id=order_id, limit=200))["items"]
        return [(item["milestone"], item["channel"], item["status"]) for item in reversed(items)]

    async def published(self, about: str) -> list[tuple[str, ...]]:
        """What notifying has published: name, milestone, channel, and whether it was skipped."""
        async with self.service.database.acquire() as connection:
            rows = await connection.fetch(
                """
                select split_part(type, '.', 3) as name, data ->> 'milestone' as milestone,
                    coalesce(data ->> 'channel', '') as channel, coalesce(data ->> 'skipped', '') as skipped
                from messaging.log
                where type like 'comanda.notifying.%'
                and subject = $1
                order by position
                """,
                about,
            )
        return [
            (row["name"], row["milestone"], row["channel"], *(["skipped"] if row["skipped"] == "true" else []))
            for row in rows
        ]


@pytest.fixture
async def notifying(database: Database) -> AsyncIterator[Notifying]:
    """Notifying on a database of its own."""
    async with running(database, [profiling, card]) as services:
        async with asyncio.timeout(20):
            while True:
                if services.process.current():
                    break
                await asyncio.sleep(0.005)
        yield Notifying(services)
