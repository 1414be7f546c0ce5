"""One dialect as a process of its own: what `comanda serve NAME` runs. It has no database and reaches all by HTTP."""

import asyncio
from collections.abc import Mapping

import httpx

from comanda.contexts.ordering.dialects.app import LazyApp
from comanda.contexts.ordering.dialects.calls import Caller
from comanda.contexts.ordering.dialects.dialect import Dialect
from comanda.platform.http.limits import DEFAULT_LIMITS, HttpLimits
from comanda.platform.outbound import OverHttp
from comanda.runtime.server import Server, bind, make_server
from comanda.runtime.verifying import verifier_through

ASKED_SERVICES = ("ordering", "carting", "profiling")
"""Whom dialects ask: about orders, carts, and the keys that tokens are verified with."""

TIMEOUT_S = 30.0

_NO_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=0)
"""Who follows an order keeps a connection; how many may is limited where they come in."""


class OneDialect:
    """Answers on one port with what the services at `urls` say; nothing is kept here."""

    def __init__(
        self, dialect: Dialect, urls: Mapping[str, str], *, host: str, port: int, limits: HttpLimits = DEFAULT_LIMITS
    ) -> None:
        self.dialect, self.host, self.port = dialect, host, port
        self._clients = {
            name: httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, trust_env=False) for name, url in urls.items()
        }
        self._streams = {
            name: httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, trust_env=False, limits=_NO_LIMITS)
            for name, url in urls.items()
        }
        self._links = {
            name: OverHttp(client, name, lambda: None, streams=self._streams[name])
            for name, client in self._clients.items()
        }
        self._limits = limits
        self._server: Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Answer. Raises PortTaken."""
        sockets = bind(self.host, {self.dialect.name: self.port})
        verifier = verifier_through(self._links["profiling"])
        app = LazyApp(self.dialect, self._reach, verifier, self._limits)
        (sock,) = sockets.values()
        self.port = sock.getsockname()[1]
        self._server = make_server({self.port: app}, self._limits)
        self._serving = asyncio.create_task(self._server.serve(sockets=[sock]))
        await self._server.listening.wait()

    async def stop(self) -> None:
        """End the streams, answer what was let in, and end."""
        for client in self._streams.values():
            await client.aclose()
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving
        for client in self._clients.values():
            await client.aclose()

    def _reach(self, name: str, caller: Caller) -> OverHttp:
        return self._links[name].on_behalf(caller.token, caller.trace)
