"""Calls from one service to another: the same typed clients over HTTP or inside the process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from copy import copy
from typing import Any, Protocol
from urllib.parse import unquote, urlencode

import httpx
import msgspec
import stamina
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState
from starlette.types import ASGIApp, Message, Scope

from comanda.kernel.errors import (
    ComandaError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from comanda.kernel.ids import new_trace
from comanda.platform.auth import Principal
from comanda.platform.event_stream import ServerEvent, server_events, streamed

Query = Mapping[str, str | int | Sequence[str]]

IDEMPOTENT = frozenset({"GET", "PUT", "DELETE"})

SILENCE_S = 60.0
"""A stream in which nothing comes for so long, not even a sign of life, is lost."""


class Answer(msgspec.Struct, frozen=True):
    """What a service answered."""

    status: int
    body: bytes

    def json(self) -> Any:
        """The body, decoded."""
        return msgspec.json.decode(self.body) if self.body else None

    def checked(self) -> "Answer":
        """Itself, when it is a success. Raises the error that the problem document describes."""
        if self.status < 400:
            return self
        raise _error_of(self)


class Outbound(Protocol):
    """How a client reaches one service."""

    async def call(
        self, method: str, path: str, *, query: Query | None = None, json: Any = None, key: str | None = None
    ) -> Answer:
        """One request. `key` becomes the Idempotency-Key. Raises Unavailable when the service cannot be reached."""
        ...

    def follow(self, path: str, last_event_id: str) -> AbstractAsyncContextManager[AsyncIterator[ServerEvent]]:
        """A stream of server-sent events, open for as long as the block runs, from where the id says.

        The events end when the service ends them or is lost. Raises what the service answers instead, Unavailable.
        """
        ...


class InProcess:
    """Calls a service's ASGI application inside the process, as the caller it is given, and in its trace if given."""

    def __init__(
        self, app: Callable[[], ASGIApp], caller: Principal, *, trace: str | None = None, timeout_s: float = 5.0
    ) -> None:
        self._app = app
        self._principal = caller
        self._trace = trace
        self._timeout_s = timeout_s

    async def call(
        self, method: str, path: str, *, query: Query | None = None, json: Any = None, key: str | None = None
    ) -> Answer:
        """One request, without a socket."""
        body = b"" if json is None else msgspec.json.encode(json)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        if key is not None:
            headers.append((b"idempotency-key", key.encode()))
        scope = self._scope(method, path, query, headers)
        exchange = _Exchange(body)
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._app()(scope, exchange.receive, exchange.send)
        except TimeoutError as error:
            raise Unavailable("A service did not answer in time.") from error
        return Answer(exchange.status, b"".join(exchange.parts))

    @asynccontextmanager
    async def follow(self, path: str, last_event_id: str) -> AsyncIterator[AsyncIterator[ServerEvent]]:
        """A stream of server-sent events, without a socket."""
        scope = self._scope("GET", path, None, [(b"last-event-id", last_event_id.encode())])
        async with streamed(self._app(), scope, self._timeout_s) as answer:
            if answer.status >= 400:
                raise _error_of(Answer(answer.status, b"".join([chunk async for chunk in answer.chunks])))
            yield server_events(answer.chunks)

    def _scope(self, method: str, path: str, query: Query | None, headers: list[tuple[bytes, bytes]]) -> Scope:
        if self._trace is not None:
            headers.append((b"traceparent", _traceparent(self._trace).encode()))
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": urlencode(query, doseq=True).encode() if query else b"",
            "root_path": "",
            "headers": headers,
            "client": None,
            "server": None,
            "comanda.principal": self._principal,
        }


class _Exchange:
    __slots__ = ("_body", "_sent", "parts", "status")

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._sent = False
        self.status = 500
        self.parts: list[bytes] = []

    async def receive(self) -> Message:
        if self._sent:
            return {"type": "http.disconnect"}
        self._sent = True
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.parts.append(message.get("body", b""))


class OverHttp:
    """Calls a service over HTTP, with a timeout, retries for what may be repeated, and a circuit breaker.

    `token()` is the bearer token to call with; None for what needs none. `streams` is the client to follow with, else
    the same: each stream keeps a connection.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        service: str,
        token: Callable[[], str | None],
        *,
        attempts: int = 3,
        opens_after: int = 5,
        closes_after_s: float = 10.0,
        streams: httpx.AsyncClient | None = None,
    ) -> None:
        self._client = client
        self._streams = streams or client
        self._service = service
        self._token = token
        self._trace: str | None = None
        self._attempts = attempts
        self._breakers = AsyncCircuitBreakerFactory(default_threshold=opens_after, default_ttl=closes_after_s)

    def on_behalf(self, token: str | None, trace: str) -> "OverHttp":
        """The same connection, used with somebody else's token and in their trace."""
        other = copy(self)
        other._token = lambda: token
        other._trace = trace
        return other

    async def call(
        self, method: str, path: str, *, query: Query | None = None, json: Any = None, key: str | None = None
    ) -> Answer:
        """One request, tried again after connection errors and 503 when it may be repeated."""
        repeatable = method in IDEMPOTENT or key is not None
        try:
            async for attempt in stamina.retry_context(
                on=_Passing, attempts=self._attempts if repeatable else 1, wait_initial=0.05, wait_max=1.0
            ):
                with attempt:
                    return await self._once(method, path, query, json, key)
        except (_Passing, OpenedState) as error:
            raise Unavailable(f"The {self._service} service cannot be reached.") from error
        raise AssertionError("unreachable")

    async def _once(self, method: str, path: str, query: Query | None, json: Any, key: str | None) -> Answer:
        headers = self._headers()
        if key is not None:
            headers["Idempotency-Key"] = key
        content = None if json is None else msgspec.json.encode(json)
        params = None if query is None else urlencode(query, doseq=True)
        breaker = await self._breakers.get_breaker(self._service)
        async with breaker:
            try:
                answer = await self._client.request(method, path, params=params, content=content, headers=headers)
            except httpx.TransportError as error:
                raise _Passing(str(error)) from error
            if answer.status_code == 503:
                raise _Passing("503")
        return Answer(answer.status_code, answer.content)

    @asynccontextmanager
    async def follow(self, path: str, last_event_id: str) -> AsyncIterator[AsyncIterator[ServerEvent]]:
        """A stream of server-sent events, on a connection of its own for as long as the block runs."""
        headers = self._headers() | {"Last-Event-ID": last_event_id}
        timeout = httpx.Timeout(5.0, read=SILENCE_S)
        try:
            async with self._streams.stream("GET", path, headers=headers, timeout=timeout) as answer:
                if answer.status_code >= 400:
                    raise _error_of(Answer(answer.status_code, await answer.aread()))
                yield server_events(_until_lost(answer.aiter_bytes()))
        except httpx.TransportError as error:
            raise Unavailable(f"The {self._service} service cannot be reached.") from error

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        token = self._token()
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if self._trace is not None:
            headers["traceparent"] = _traceparent(self._trace)
        return headers


async def _until_lost(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        async for chunk in chunks:
            yield chunk
    except httpx.TransportError:
        return


class _Passing(Exception):
    """What may be gone at the next attempt."""


_KINDS: dict[int, type[ComandaError]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: PreconditionFailed,
    422: Invalid,
}
_STANDARD = frozenset({"type", "title", "status", "detail"})


def _error_of(answer: Answer) -> ComandaError:
    try:
        document = dict(answer.json())
        detail = str(document["detail"])
        code = str(document["type"]).rsplit(":", 1)[-1]
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError):
        document, detail, code = {}, f"A service answered {answer.status}.", "error"
    error = TooMany(detail, 1) if answer.status == 429 else _KINDS.get(answer.status, Unavailable)(detail)
    error.data |= {name: value for name, value in document.items() if name not in _STANDARD}
    error.data["cause"] = code
    return error


def _traceparent(trace: str) -> str:
    """The trace as W3C Trace Context writes it, with a span of its own."""
    return f"00-{trace}-{new_trace()[:16]}-01"
