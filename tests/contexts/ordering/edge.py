"""Requests with headers, and streams: what the in-process caller does not do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.types import Message

from comanda.platform.auth import Principal
from comanda.platform.outbound import Answer
from tests.contexts.ordering.desk import Desk


async def send(
    desk: Desk, principal: Principal, method: str, path: str, json: Any = None, **headers: str
) -> tuple[Answer, dict[str, str]]:
    """One request with headers; answers also the headers that came back."""
    said: list[Message] = []
    body = b"" if json is None else msgspec.json.encode(json)

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def answer(message: Message) -> None:
        said.append(message)

    await _app(desk)(_scope(principal, method, path, headers), receive, answer)
    back = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return Answer(said[0]["status"], b"".join(message.get("body", b"") for message in said[1:])), back


class Stream:
    """A client of server-sent events."""

    def __init__(self) -> None:
        self.status = 0
        self.left = asyncio.Event()
        self.started = asyncio.Event()
        self._chunks: asyncio.Queue[bytes] = asyncio.Queue()
        self._text = ""

    async def receive(self) -> Message:
        """The client says nothing until it leaves."""
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take what the server sends."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.started.set()
        else:
            self._chunks.put_nowait(message.get("body", b""))

    async def next(self) -> tuple[str, int, dict[str, Any]]:
        """The next event: its name, id and data."""
        async with asyncio.timeout(10):
            while "\r\n\r\n" not in self._text:
                self._text += (await self._chunks.get()).decode()
        event, _, self._text = self._text.partition("\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in event.split("\r\n") if not line.startswith(":"))
        return fields["event"], int(fields["id"]), msgspec.json.decode(fields["data"])


@asynccontextmanager
async def stream(desk: Desk, principal: Principal, path: str, **headers: str) -> AsyncIterator[Stream]:
    """A stream that is open for as long as the block runs; the client leaves at its end."""
    client = Stream()
    serving = asyncio.create_task(_app(desk)(_scope(principal, "GET", path, headers), client.receive, client.send))
    try:
        await asyncio.wait_for(client.started.wait(), 10)
        yield client
    finally:
        client.left.set()
        await asyncio.wait_for(serving, 10)


def _app(desk: Desk) -> Any:
    return desk.service.edge


def _scope(principal: Principal, method: str, path: str, headers: dict[str, str]) -> dict[str, Any]:
    path, _, query = path.partition("?")
    sent = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode() or urlencode({}).encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "client": None,
        "server": None,
        "comanda.principal": principal,
    }
