"""Reporting and its neighbours in a test: events go through the real log."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from comanda.contexts.profiling.card import card as profiling
from comanda.contexts.reporting.card import card
from comanda.kernel.event import Event
from tests.support.database import Database
from tests.support.services import STAFF, Services, running


class Reporting:
    """The running service: `tell` it events, `get` its reports."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.service = services.process.services["reporting"]
        self._call = services.call("reporting", STAFF)

    async def tell(self, *events: Event) -> None:
        """Publish events, and wait until the reports have taken them in."""
        async with self.service.begin() as work:
            work.publish(*events)
        await self.caught_up()

    async def caught_up(self) -> None:
        """Wait until nothing that was asked for is unread."""
        async with self.service.database.acquire() as connection:
            newest = await connection.fetchval("select max(position) from messaging.log")
        async with asyncio.timeout(20):
            while True:
                if await self._cursor() >= (newest or 0):
                    return
                await asyncio.sleep(0.01)

    async def _cursor(self) -> int:
        async with self.service.database.acquire() as connection:
            last: int | None = await connection.fetchval(
                "select last from messaging.cursors where consumer = 'reporting' and seen::text = upto::text"
            )
        return last or 0

    async def get(self, report: str, **query: str | int) -> Any:
        """A report, as JSON."""
        answer = await self._call("GET", f"/reports/{report}", query=query)
        assert answer.status == 200, answer.body
        return answer.json()

    async def rebuilt(self) -> Any:
        """Rebuild the reports; answers how it ended."""
        answer = await self._call("POST", "/reports/rebuild")
        assert answer.status == 202, answer.body
        return await self.wait_for_rebuild()

    async def wait_for_rebuild(self) -> Any:
        """How the rebuild that was asked for ended."""
        async with asyncio.timeout(20):
            while True:
                view = await self.get("rebuild")
                if view["status"] != "running":
                    return view
                await asyncio.sleep(0.01)

    async def parked(self) -> str:
        """Wait until an event has been parked; answers its subject."""
        async with asyncio.timeout(20):
            while True:
                async with self.service.database.acquire() as connection:
                    subject = await connection.fetchval("select subject from messaging.dead_letters")
                if subject is not None:
                    return str(subject)
                await asyncio.sleep(0.01)


@pytest.fixture
async def reporting(database: Database) -> AsyncIterator[Reporting]:
    """Reporting on a database of its own, without the pause between batches."""
    async with running(database, [profiling, replace(card, linger_s=0.0)]) as services:
        yield Reporting(services)
