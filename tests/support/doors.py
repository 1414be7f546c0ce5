"""A dialect of a test's shop on a port of its own, and people who come to it over real HTTP with real tokens."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
from starlette.types import ASGIApp

from comanda.contexts.ordering.dialects.app import LazyApp
from comanda.contexts.ordering.dialects.dialect import Dialect
from comanda.contexts.profiling.signing_keys import issue_token
from comanda.platform.auth import Role
from comanda.runtime.one_dialect import ASKED_SERVICES, OneDialect
from comanda.runtime.server import bind, make_server
from tests.support.shop import Shop


@asynccontextmanager
async def served(shop: Shop, dialect: Dialect) -> AsyncIterator[str]:
    """The dialect, answering on a free port of this machine; gives its URL."""
    process = shop.services.process
    async with _on_ports({dialect.name: LazyApp(dialect, process.reach, process.verifier)}) as urls:
        yield urls[dialect.name]


@asynccontextmanager
async def served_apart(shop: Shop, dialect: Dialect) -> AsyncIterator["Apart"]:
    """The dialect as it answers when it is a process of its own, asking the shop's services over HTTP."""
    services = shop.services.process.services
    edges = {name: services[name].edge for name in ASKED_SERVICES}
    async with _on_ports({name: edge for name, edge in edges.items() if edge is not None}) as urls:
        apart = Apart(dialect, urls, host="127.0.0.1", port=0)
        await apart.start()
        try:
            yield apart
        finally:
            await apart.stop()


class Apart(OneDialect):
    """A dialect on a port of its own; where it is."""

    @property
    def url(self) -> str:
        """Its URL, once it has started."""
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def _on_ports(apps: Mapping[str, ASGIApp]) -> AsyncIterator[dict[str, str]]:
    """Applications on free ports of this machine; gives their URLs."""
    sockets = bind("127.0.0.1", dict.fromkeys(apps, 0))
    ports = {name: sock.getsockname()[1] for name, sock in sockets.items()}
    server = make_server({ports[name]: app for name, app in apps.items()})
    serving = asyncio.create_task(server.serve(sockets=list(sockets.values())))
    await server.listening.wait()
    try:
        yield {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
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
