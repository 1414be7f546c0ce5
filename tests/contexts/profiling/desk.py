"""Profiling on a real database, and people who come to it with real tokens."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from asyncpg.connection import LoggedQuery

from comanda.messaging.service import Service
from comanda.platform.auth import ANONYMOUS, Principal
from tests.support.services import POOL_SIZE, Services
from tests.support.visitors import Visitor

ADA = {"email": "ada@example.org", "password": "correct horse"}
BOB = {"email": "bob@example.org", "password": "battery staple"}


class Desk:
    """Where customers register and sign in."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @property
    def profiling(self) -> Service:
        """The running service."""
        return self.services.process.services["profiling"]

    def visit(self, principal: Principal = ANONYMOUS) -> Visitor:
        """Somebody, taken for whom they say they are."""
        assert self.profiling.edge is not None
        return Visitor(self.profiling.edge, principal)

    def with_token(self, token: str) -> Visitor:
        """Somebody who shows a token."""
        assert self.profiling.edge is not None
        return Visitor(self.profiling.edge, headers={"Authorization": f"Bearer {token}"})

    async def register(self, person: dict[str, str]) -> dict[str, Any]:
        """Make an account. Answers the customer."""
        answer = await self.visit()("POST", "/customers", person)
        assert answer.status_code == 201, answer.text
        customer: dict[str, Any] = answer.json()
        return customer

    async def sign_in(self, person: dict[str, str]) -> dict[str, Any]:
        """Sign in. Answers the tokens."""
        credentials = {name: person[name] for name in ("email", "password")}
        answer = await self.visit()("POST", "/sessions", credentials)
        assert answer.status_code == 201, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def rows(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        """What a query finds."""
        async with self.profiling.database.acquire() as connection:
            return [dict(row) for row in await connection.fetch(query, *arguments)]

    async def published(self) -> list[str]:
        """The names of the events in the log, in order."""
        rows = await self.rows("select split_part(type, '.', 3) as name from messaging.log order by position")
        return [row["name"] for row in rows]

    async def secrets(self) -> list[dict[str, Any]]:
        """What went out by mail: the personal part of each event that has a token, in order."""
        rows = await self.rows(
            """
            select personal::text as personal
            from messaging.log
            where personal::jsonb ? 'token'
            order by position
            """
        )
        return [json.loads(row["personal"]) for row in rows]

    async def mailed(self, count: int = 1) -> list[dict[str, Any]]:
        """The same, once there are so many."""
        async with asyncio.timeout(10):
            while True:
                found = await self.secrets()
                if len(found) >= count:
                    return found
                await asyncio.sleep(0.01)

    @asynccontextmanager
    async def statements(self) -> AsyncIterator[list[str]]:
        """The SQL that the service sends meanwhile, but for transactions."""
        sent: list[str] = []

        def note(query: LoggedQuery) -> None:
            sent.append(query.query)

        await self._each_connection(lambda connection: connection.add_query_logger(note))
        try:
            yield sent
        finally:
            await self._each_connection(lambda connection: connection.remove_query_logger(note))

    async def _each_connection(self, do: Callable[[Any], None]) -> None:
        """Hold all of the pool's connections at once."""
        async with AsyncExitStack() as held:
            for _ in range(POOL_SIZE):
                do(await held.enter_async_context(self.profiling.database.acquire()))

    def travel(self, span: timedelta) -> None:
        """Set profiling's clock forward."""
        at: datetime = self.profiling.clock() + span
        self.profiling.clock = self.profiling.transactions.clock = lambda: at
