"""Streams of events from another service: read wherever they are cut, left when nobody listens, lost without a fuss."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from comanda.kernel.errors import NotFound, Unavailable
from comanda.platform.auth import Principal
from comanda.platform.event_stream import ServerEvent, server_events
from comanda.platform.http.problems import problem
from comanda.platform.outbound import InProcess, Outbound, OverHttp
from comanda.runtime.server import make_server


class Teller:
    """A service that tells numbers from where one has left, and never stops by itself."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.app = Starlette(routes=[Route("/numbers", self._tell), Route("/nothing", self._nothing)])

    async def _tell(self, request: Request) -> Response:
        return EventSourceResponse(self._numbers(int(request.headers["last-event-id"])))

    async def _numbers(self, seen: int) -> AsyncIterator[ServerSentEvent]:
        try:
            for number in range(seen + 1, seen + 4):
                yield ServerSentEvent(f'"{number}"', event="number", id=str(number))
            await asyncio.Event().wait()
        finally:
            self.left.set()

    async def _nothing(self, _: Request) -> Response:
        return problem(404, "no-such-thing", "There is nothing.")


@asynccontextmanager
async def _over_http(app: ASGIApp) -> AsyncIterator[OverHttp]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        server = make_server({port: app})
        serving = asyncio.create_task(server.serve(sockets=[sock]))
        await server.listening.wait()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            yield OverHttp(client, "teller", lambda: "TOKEN", attempts=1)
        server.should_exit = True
        await serving


@asynccontextmanager
async def _in_process(app: ASGIApp) -> AsyncIterator[InProcess]:
    yield InProcess(lambda: app, Principal("service", "test"), timeout_s=0.5)


Way = Callable[[ASGIApp], AbstractAsyncContextManager[Outbound]]
WAYS = pytest.mark.parametrize("way", [_over_http, _in_process])


async def _three(outbound: Outbound, seen: str) -> list[str]:
    async with outbound.follow("/numbers", seen) as events:
        return [(await anext(events)).id for _ in range(3)]


@WAYS
async def test_a_stream_goes_on_from_where_one_has_left_and_ends_when_one_leaves(way: Way) -> None:
    teller = Teller()
    async with way(teller.app) as outbound:
        assert await _three(outbound, "0") == ["1", "2", "3"]
        await asyncio.wait_for(teller.left.wait(), 5)
        assert await _three(outbound, "7") == ["8", "9", "10"]


@WAYS
async def test_what_cannot_be_followed_is_told_as_it_was_said(way: Way) -> None:
    async with way(Teller().app) as outbound:
        with pytest.raises(NotFound, match="There is nothing"):
            await _three_of_nothing(outbound)


async def _three_of_nothing(outbound: Outbound) -> None:
    async with outbound.follow("/nothing", "0") as events:
        await anext(events)


async def test_a_service_that_is_away_or_silent_cannot_be_followed() -> None:
    async def silent(*_: object) -> None:
        await asyncio.Event().wait()

    async with _in_process(silent) as outbound:
        with pytest.raises(Unavailable):
            await _three(outbound, "0")
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{sock.getsockname()[1]}") as client:
            with pytest.raises(Unavailable):
                await _three(OverHttp(client, "away", lambda: None), "0")


async def test_a_stream_that_is_cut_ends() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        event = b"id: 1\r\ndata: 1\r\n\r\n"
        writer.write(head + f"{len(event):x}\r\n".encode() + event + b"\r\n1000\r\nid: 2")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with (
        server,
        httpx.AsyncClient(base_url=url) as client,
        OverHttp(client, "cut", lambda: None).follow("/", "0") as events,
    ):
        assert [event.id async for event in events] == ["1"]


_LINE = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))


@given(
    st.lists(st.tuples(_LINE, _LINE, st.lists(_LINE, min_size=1))),
    st.sampled_from(["\r\n", "\n"]),
    st.integers(1, 7),
)
async def test_events_are_read_wherever_the_stream_is_cut(
    said: list[tuple[str, str, list[str]]], end: str, size: int
) -> None:
    text = "".join(
        f": still here{end}{end}event: {name}{end}id: {id}{end}" + "".join(f"data: {line}{end}" for line in data) + end
        for name, id, data in said
    ).encode()

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(text), size):
            yield text[start : start + size]

    heard = [event async for event in server_events(chunks())]
    assert heard == [ServerEvent(name, id, "\n".join(data)) for name, id, data in said]
