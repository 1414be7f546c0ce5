"""Profiling on a real database, and people who come to it with real tokens."""

from datetime import datetime, timedelta
from typing import Any

from comanda.messaging.service import Service
from comanda.platform.auth import ANONYMOUS, Principal
from tests.support.services import Services
from tests.support.visitors import Visitor

ADA = {"email": "ada@example.org", "password": "correct horse"}
BOB = {"email": "bob@example.org", "password": "battery staple"}


class Desk:
    """Where customers register and sign in."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @property
    def profiling(self) -> Service:
        """The running service."""
        return self._services.process.services["profiling"]

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

    def travel(self, span: timedelta) -> None:
        """Set profiling's clock forward."""
        at: datetime = self.profiling.clock() + span
        self.profiling.clock = self.profiling.transactions.clock = lambda: at
