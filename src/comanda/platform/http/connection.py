"""A connection that a slow client cannot keep: headers and body have to arrive in time, and headers within a size."""

import asyncio
from typing import Any, cast

import uvicorn
from prometheus_client import Counter
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from comanda.platform.http.limits import HttpLimits
from comanda.platform.http.problems import problem

CUT = Counter("comanda_http_refused_total", "Connections cut and requests refused by limits.", ["why"])

_HEADERS = "headers"
_REASONS = {408: b"Request Timeout", 431: b"Request Header Fields Too Large", 503: b"Service Unavailable"}


class GuardedConfig(uvicorn.Config):
    """uvicorn's configuration, with the limits."""

    def __init__(self, app: ASGIApp, limits: HttpLimits, **options: Any) -> None:
        super().__init__(
            app,
            http=GuardedProtocol,
            proxy_headers=bool(limits.trusted_proxies),
            forwarded_allow_ips=limits.trusted_proxies,
            **options,
        )
        self.limits = limits


class OneWrite:
    """A transport that sends what is written within one turn of the event loop in one call of the system.

    The server writes the head of an answer and its body apart. Sent at once, these are two calls and two packets, and
    a client that wakes up twice: together a tenth of what a small request costs.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._written: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send, at the end of this turn."""
        if not self._written:
            self._loop.call_soon(self._send)
        self._written.append(data)

    def close(self) -> None:
        """Close, once all that was written is sent."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        written, self._written = self._written, []
        if written and not self._transport.is_closing():
            self._transport.writelines(written)


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which limits neither headers nor time.

    It remembers what it waits for and until when; the server calls `check` once in a while. So a request that arrives
    whole costs a few comparisons and no timer.
    """

    def __init__(self, config: uvicorn.Config, *arguments: Any, **options: Any) -> None:
        super().__init__(config, *arguments, **options)
        assert isinstance(config, GuardedConfig)
        self._limits = config.limits
        self._waits_for: object = None
        self._until = 0.0
        self._headers_bytes = 0

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for headers; one connection too many is told so and closed."""
        super().connection_made(cast(asyncio.Transport, OneWrite(transport, self.loop)))
        if len(self.connections) > self._limits.connections:
            self._refuse(503, "too-many-connections", "There are too many connections.", retry_after=1)
        else:
            self._wait_for(_HEADERS, self._limits.headers_s)

    def data_received(self, data: bytes) -> None:
        """Parse, and note what is still to come."""
        super().data_received(data)
        cycle = self.cycle
        if cycle is None or cycle.scope is not self.scope:  # a request has begun, and its headers are not complete
            self._wait_for(_HEADERS, self._limits.headers_s)
            self._headers_bytes += len(data)
            if self._headers_bytes > self._limits.headers_bytes:
                self._refuse(431, "headers-too-large", "The headers are too large.")
        elif cycle.more_body:
            self._wait_for(cycle, self._limits.body_s)
        elif cycle.response_complete:  # bytes that begin no request
            self._wait_for(_HEADERS, self._limits.headers_s)
        else:
            self._waits_for = None
            self._headers_bytes = 0

    def check(self, now: float) -> None:
        """Cut the connection if what it waits for is overdue."""
        if self._waits_for is None or now < self._until:
            return
        if self.transport.is_closing():
            self.transport.abort()
        elif self._waits_for is _HEADERS:
            if self._headers_bytes:
                self._refuse(408, "headers-too-slow", "The headers did not arrive in time.")
            else:
                self.transport.close()
        elif self.cycle.response_started:
            self.transport.close()
        else:
            self._refuse(408, "body-too-slow", "The body did not arrive in time.")

    def _wait_for(self, what: object, seconds: float) -> None:
        if self._waits_for is not what:
            self._waits_for = what
            self._until = self.loop.time() + seconds

    def _refuse(self, status: int, code: str, detail: str, *, retry_after: int | None = None) -> None:
        """Answer past the application, and close."""
        CUT.labels(code).inc()
        answer = problem(status, code, detail, {"Connection": "close"})
        if retry_after is not None:
            answer.headers["Retry-After"] = str(retry_after)
        head = b"".join(name + b": " + value + b"\r\n" for name, value in answer.raw_headers)
        line = b"HTTP/1.1 %d %s\r\n" % (status, _REASONS[status])
        self.transport.write(line + head + b"\r\n" + bytes(answer.body))
        self.transport.close()
