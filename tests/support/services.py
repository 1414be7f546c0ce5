"""Services in a test: real applications on a real database, called without a socket."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from comanda.messaging import eras
from comanda.messaging.service import Context
from comanda.platform.auth import ANONYMOUS, Principal
from comanda.platform.database import connect
from comanda.platform.outbound import Answer, InProcess, Query
from comanda.runtime.process import Process
from tests.support.database import Database

ADMIN = Principal("admin", "admin-1")
STAFF = Principal("staff", "staff-1", frozenset({"*"}))
POOL_SIZE = 4
"""Connections of each service."""

SERVICE = Principal("service", "ordering")


def customer(customer_id: str) -> Principal:
    """A customer."""
    return Principal("customer", customer_id)


class Caller:
    """Calls one service as one principal."""

    def __init__(self, process: Process, service: str, principal: Principal) -> None:
        self._outbound = InProcess(lambda: process.services[service].edge, principal)  # type: ignore[arg-type,return-value]

    async def __call__(
        self, method: str, path: str, json: Any = None, *, query: Query | None = None, key: str | None = None
    ) -> Answer:
        """One request."""
        return await self._outbound.call(method, path, query=query, json=json, key=key)


class Services:
    """The running services of a test."""

    def __init__(self, process: Process) -> None:
        self.process = process

    def call(self, service: str, principal: Principal = ANONYMOUS) -> Caller:
        """A caller of a service: `await services.call("stocking", STAFF)("GET", "/stock")`."""
        return Caller(self.process, service, principal)


@asynccontextmanager
async def running(
    database: Database, contexts: Sequence[Context], state: Mapping[str, Any] | None = None
) -> AsyncIterator[Services]:
    """Services of these contexts on a test's database, stopped afterwards. `state` is what the runtime gives them."""
    connection = await connect(database.superuser_dsn, service="messaging")
    await eras.establish(connection)
    await connection.close()
    process = Process(contexts, database.dsn, pool_size=POOL_SIZE, state=state)
    await process.start()
    try:
        yield Services(process)
    finally:
        await process.stop()
