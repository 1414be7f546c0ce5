"""Every route of every service that runs, and a quick way to call one, headers and streams included."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlencode

import msgspec
from fastapi import FastAPI
from starlette.types import ASGIApp, Message

from comanda.contexts.ordering.dialects.app import dialect_app
from comanda.platform.auth import Principal
from comanda.platform.http.access import Access
from comanda.platform.http.documents import openapi
from comanda.platform.http.edge import Edge
from comanda.platform.http.routing import IN_PROCESS_PRINCIPAL, CheckedRoute
from comanda.runtime.dialects import DIALECTS
from comanda.runtime.process import Process

OPEN = frozenset(
    {
        *("/health/live", "/health/ready", "/metrics"),
        *("/openapi.json", "/openapi.yaml", "/docs", "/redoc", "/assets"),
    }
)
"""What every service shows to everybody, without a row in its table."""


NOBODY = "01890000-0000-7000-8000-00000000dead"


@dataclass(frozen=True, slots=True)
class Route:
    """One method at one path of one service, its row, and the document it is described in."""

    service: str
    method: str
    path: str
    access: Access
    document: Mapping[str, Any]

    @property
    def name(self) -> str:
        """`ordering GET /orders/{order_id}`."""
        return f"{self.service} {self.method} {self.path}"

    @property
    def parameters(self) -> list[str]:
        """The names in the path."""
        parts = self.path.split("{")[1:]
        return [part.split("}")[0].split(":")[0] for part in parts]

    def at(self, values: Mapping[str, str]) -> str:
        """The path with values in it; for a parameter without one, an id that nothing has."""
        path = self.path.replace(":path}", "}")
        for name in self.parameters:
            path = path.replace("{" + name + "}", quote(values.get(name, NOBODY), safe=""))
        return path


@dataclass(frozen=True, slots=True)
class Door:
    """Where a service is called, and the application that answers."""

    edge: ASGIApp
    app: FastAPI


def doors_of(process: Process) -> dict[str, Door]:
    """The doors of all services of a process, and of all dialects, by name."""
    found = {
        name: Door(service.edge, service.app)
        for name, service in process.services.items()
        if service.edge is not None and service.app is not None
    }
    for dialect in DIALECTS:
        app = dialect_app(dialect, process.reach, process.verifier)
        found[dialect.name] = Door(Edge(app, app.routes, dialect.name), app)
    return found


def routes_of(name: str, app: FastAPI) -> Iterator[Route]:
    """All routes of an application that have a row."""
    document = openapi(app)
    for route in app.routes:
        if isinstance(route, CheckedRoute):
            assert route.access is not None
            for method in sorted(route.methods or ()):
                yield Route(name, method, route.path, route.access, document)


def unchecked(app: FastAPI) -> set[str]:
    """The paths of an application that no row guards."""
    return {getattr(route, "path", "?") for route in app.routes if not isinstance(route, CheckedRoute)}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answered."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """The body, decoded."""
        return msgspec.json.decode(self.body)


async def call(
    edge: ASGIApp,
    method: str,
    path: str,
    *,
    principal: Principal | None = None,
    json: Any = None,
    content: bytes | None = None,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """One request without a socket. Without a principal the headers say who it is; a stream ends once it has begun."""
    body = content if content is not None else b"" if json is None else msgspec.json.encode(json)
    sent = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": urlencode(query or {}).encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in sent.items()],
        "client": ("192.0.2.1", 1),
        "server": None,
    }
    if principal is not None:
        scope[IN_PROCESS_PRINCIPAL] = principal
    return await _exchange(edge, scope, body)


async def _exchange(edge: ASGIApp, scope: dict[str, Any], body: bytes) -> Reply:
    said: list[Message] = []
    given = False
    left = asyncio.Event()

    async def receive() -> Message:
        nonlocal given
        if given:
            await left.wait()
            return {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def answer(message: Message) -> None:
        said.append(message)
        if message["type"] == "http.response.start" and any(
            name == b"content-type" and value.startswith(b"text/event-stream") for name, value in message["headers"]
        ):
            left.set()

    async with asyncio.timeout(30):
        await edge(scope, receive, answer)
    left.set()
    headers = {name.decode(): value.decode("latin-1") for name, value in said[0]["headers"]}
    return Reply(said[0]["status"], b"".join(message.get("body", b"") for message in said[1:]), headers)
