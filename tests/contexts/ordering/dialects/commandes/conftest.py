"""The dialect on a port of its own, in front of ordering."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from comanda.contexts.ordering.card import card
from comanda.contexts.ordering.dialects.app import LazyApp
from comanda.contexts.ordering.dialects.commandes import dialect
from comanda.contexts.ordering.watching import watch_orders
from comanda.contexts.profiling.card import card as profiling
from comanda.contexts.profiling.signing_keys import issue_token
from comanda.platform.auth import Role
from comanda.platform.database import connect
from comanda.runtime.server import make_server
from tests.contexts.ordering.desk import Desk
from tests.contexts.ordering.dialects.commandes.counter import Counter
from tests.support.database import Database
from tests.support.services import running

ROLES: tuple[Role, ...] = ("customer", "staff", "admin", "service")


@pytest.fixture
async def counter(database: Database) -> AsyncIterator[Counter]:
    """The dialect, ordering behind it, and tokens of every role; `reader` is staff who may only look."""
    async with running(database, [profiling, replace(card, background=(watch_orders,))]) as services:
        desk = Desk(services)
        tokens = await tokens_of(database)
        sock = socket.create_server(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        server = make_server({port: LazyApp(dialect, services.process.reach, services.process.verifier)})
        serving = asyncio.create_task(server.serve(sockets=[sock]))
        await server.listening.wait()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield Counter(desk, client, tokens)
        server.should_exit = True
        await serving


async def tokens_of(database: Database) -> dict[str, str]:
    """A token for each role."""
    connection = await connect(database.superuser_dsn, service="profiling")
    try:
        tokens = {
            role: await issue_token(connection, role, f"{role}-1", ("*",) if role == "staff" else (), 600)
            for role in ROLES
        }
        tokens["reader"] = await issue_token(connection, "staff", "reader-1", ("orders.read",), 600)
        return tokens
    finally:
        await connection.close()
