"""One HTTP server for all services of the process: a socket a service, told apart by the port it came in on."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Mapping

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send


class PortTaken(Exception):
    """A port is in use; `name` is whose it is. The message is one line."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class Server(uvicorn.Server):
    """uvicorn, with the signals left to the supervisor. `listening` is set once it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer."""
        await super().startup(sockets=sockets)
        self.listening.set()

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


def make_server(apps: Mapping[int, ASGIApp]) -> Server:
    """A server for applications by port; `serve(sockets=...)` runs it."""
    config = uvicorn.Config(
        ByPort(apps),
        http="httptools",
        loop="uvloop",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        date_header=True,
        backlog=1024,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=10,
    )
    return Server(config)
