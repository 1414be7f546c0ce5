"""Server-sent events (WHATWG HTML, 9.2) as a client reads them, and a stream of them without a socket."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Scope

from comanda.kernel.errors import Unavailable

_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_LINE = re.compile(r"\r\n|\n|\r")

WAITING_CHUNKS = 100
"""So many pieces of an answer may wait for their reader; then the writer waits."""


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: its name, the id to come back with, and its data."""

    name: str
    id: str
    data: str


async def server_events(chunks: AsyncIterator[bytes]) -> AsyncIterator[ServerEvent]:
    """The events in a stream, wherever its pieces are cut. Comments, which keep it alive, are passed over."""
    unread = b""
    async for chunk in chunks:
        unread += chunk
        while end := _END.search(unread):
            block, unread = unread[: end.start()], unread[end.end() :]
            event = _event_of(block.decode())
            if event is not None:
                yield event


def _event_of(block: str) -> ServerEvent | None:
    fields: dict[str, str] = {}
    for line in _LINE.split(block):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        fields[name] = f"{fields[name]}\n{value}" if name == "data" and name in fields else value
    if "data" not in fields:
        return None
    return ServerEvent(fields.get("event", "message"), fields.get("id", ""), fields["data"])


@dataclass(frozen=True, slots=True)
class Streamed:
    """An answer whose body comes bit by bit."""

    status: int
    chunks: AsyncIterator[bytes]


@asynccontextmanager
async def streamed(app: ASGIApp, scope: Scope, timeout_s: float) -> AsyncIterator[Streamed]:
    """A GET to an application inside the process; it is left at the end of the block.

    Raises Unavailable when the answer does not begin in time.
    """
    exchange = _Exchange()
    serving = asyncio.create_task(exchange.serve(app, scope))
    try:
        await exchange.begins(timeout_s)
        yield Streamed(exchange.status, exchange.chunks())
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


class _Exchange:
    """Both ends of one request: what the application says, and the client who listens until it leaves."""

    def __init__(self) -> None:
        self.status = 500
        self._begun = asyncio.Event()
        self._asked = False
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING_CHUNKS)

    async def serve(self, app: ASGIApp, scope: Scope) -> None:
        try:
            await app(scope, self._receive, self._send)
        finally:
            self._begun.set()
            await self._chunks.put(None)

    async def begins(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self._begun.wait()
        except TimeoutError as error:
            raise Unavailable("A service did not answer in time.") from error

    async def chunks(self) -> AsyncIterator[bytes]:
        while (chunk := await self._chunks.get()) is not None:
            yield chunk

    async def _receive(self) -> Message:
        if self._asked:
            await asyncio.Event().wait()  # the client leaves by ending this task
        self._asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._begun.set()
        elif message.get("body"):
            await self._chunks.put(message["body"])
