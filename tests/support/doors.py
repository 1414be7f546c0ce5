"""A dialect of a test's shop on a port of its own, and people who come to it over real HTTP with real tokens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from comanda.contexts.ordering.dialects.app import LazyApp
from comanda.contexts.ordering.dialects.dialect import Dialect
from comanda.contexts.profiling.signing_keys import issue_token
from comanda.platform.auth import Role
from comanda.runtime.server import bind, make_server
from tests.support.shop import Shop


@asynccontextmanager
async def served(shop: Shop, dialect: Dialect) -> AsyncIterator[str]:
    """The dialect, answering on a free port of this machine; gives its URL."""
    process = shop.services.process
    (sock,) = bind("127.0.0.1", {dialect.name: 0}).values()
    port = sock.getsockname()[1]
    server = make_server({port: LazyApp(dialect, process.reach, process.verifier)})
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    await server.listening.wait()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


async def token(shop: Shop, role: Role, subject: str | None = None, permissions: tuple[str, ...] = ("*",)) -> str:
    """A bearer token as profiling signs it."""
    async with shop.services.process.services["profiling"].database.acquire() as connection:
        return await issue_token(connection, role, subject, permissions if role == "staff" else (), 3_600)


@asynccontextmanager
async def visiting(
    shop: Shop, url: str, role: Role, subject: str | None = None, permissions: tuple[str, ...] = ("*",)
) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with a token, at this URL."""
    headers = {"Authorization": f"Bearer {await token(shop, role, subject, permissions)}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
        yield client
