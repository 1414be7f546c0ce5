"""One HTTP server for all services of the process: a socket a service, told apart by the port it came in on."""

import asyncio
import contextlib
import resource
import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from comanda.platform.http.connection import GuardedConfig, GuardedProtocol
from comanda.platform.http.limits import DEFAULT_LIMITS, HttpLimits
from comanda.platform.http.rate import RateLimited

TICKS_A_SECOND = 10

DESCRIPTORS_KEPT = 300
"""File descriptors for databases, files and outgoing calls."""


class PortTaken(Exception):
    """A port is in use; `name` is whose it is. The message is one line."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class Server(uvicorn.Server):
    """uvicorn, with the signals left to the supervisor, that cuts slow clients. `listening` is set once it answers."""

    def __init__(self, config: GuardedConfig) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        seconds = min(1.0, config.limits.headers_s / 4, config.limits.body_s / 4)
        self._ticks = max(1, int(seconds * TICKS_A_SECOND))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer."""
        await super().startup(sockets=sockets)
        self.listening.set()

    async def on_tick(self, counter: int) -> bool:
        """Look after slow clients once a second; uvicorn calls this ten times as often."""
        if counter % self._ticks == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, GuardedProtocol):
                    connection.check(now)
        return await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the supervisor's."""
        yield


class ByPort:
    """Sends each request to the application that owns the port it came in on."""

    def __init__(self, apps: Mapping[int, ASGIApp]) -> None:
        self._apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        await self._apps[scope["server"][1]](scope, receive, send)


def bind(host: str, ports: Mapping[str, int]) -> dict[str, socket.socket]:
    """A listening socket for each service. Raises PortTaken, naming the first port that is in use."""
    sockets: dict[str, socket.socket] = {}
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        for name, port in ports.items():
            sock = socket.socket(family, socket.SOCK_STREAM)
            sockets[name] = sock
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections inherit it: answers go out at once
            try:
                sock.bind((host, port))
                sock.listen(1024)
            except OSError as error:
                said = f"port {port} for {name} cannot be opened on {host}: {error.strerror}"
                raise PortTaken(name, said) from error
    except PortTaken:
        for sock in sockets.values():
            sock.close()
        raise
    return sockets


def make_server(apps: Mapping[int, ASGIApp], limits: HttpLimits = DEFAULT_LIMITS) -> Server:
    """A server for applications by port; `serve(sockets=...)` runs it."""
    app: ASGIApp = ByPort(apps)
    if limits.requests_per_minute:
        app = RateLimited(app, limits)
    config = GuardedConfig(
        app,
        limits=replace(limits, connections=_room_for(limits.connections)),
        loop="uvloop",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        backlog=1024,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=10,
    )
    return Server(config)


def _room_for(connections: int) -> int:
    """How many connections there is room for: each takes a file descriptor, and some are kept for everything else."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + DESCRIPTORS_KEPT
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return min(connections, max(1, most - DESCRIPTORS_KEPT))
    return connections
