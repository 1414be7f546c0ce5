"""What may come in over a real socket: how much, how deep, how slowly, how often, from how many."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from comanda.messaging.service import json_response
from comanda.platform.auth import Verifier
from comanda.platform.http.access import ANYONE
from comanda.platform.http.app import create_app
from comanda.platform.http.edge import Edge
from comanda.platform.http.limits import HttpLimits
from comanda.platform.http.rate import MOST_ADDRESSES, Rate
from comanda.platform.http.routing import CheckedRoute
from comanda.runtime.server import bind, make_server

router = APIRouter(route_class=CheckedRoute)


@router.post("/echo")
async def echo(request: Request) -> Response:
    """The size of the body, and who is calling."""
    assert request.client is not None
    return json_response({"bytes": len(await request.body()), "client": request.client.host})


@router.get("/hello")
async def hello(request: Request) -> Response:
    """Who is calling."""
    assert request.client is not None
    return json_response({"client": request.client.host})


class Socket:
    """A client that writes bytes as it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, *parts: bytes) -> None:
        """Write, as far as the server still listens."""
        for part in parts:
            self._writer.write(part)
        try:
            await self._writer.drain()
        except ConnectionError:
            return

    async def answer(self) -> tuple[int, dict[str, str], Any]:
        """The next answer: status, headers, body."""
        async with asyncio.timeout(10):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
            lines = head.split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
            body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        return int(lines[0].split(" ")[1]), headers, json.loads(body) if body else None

    async def is_cut(self) -> bool:
        """Whether the server closes the connection, within 10 seconds."""
        async with asyncio.timeout(10):
            try:
                while await self._reader.read(65_536):
                    pass
            except ConnectionError:
                return True
        return True

    async def close(self) -> None:
        """Leave."""
        self._writer.close()


class Address:
    """Where the server is."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._sockets: list[Socket] = []

    async def connect(self) -> Socket:
        """A new connection."""
        found = Socket(*await asyncio.open_connection("127.0.0.1", self.port))
        self._sockets.append(found)
        return found

    async def ask(self, request: bytes) -> tuple[int, dict[str, str], Any]:
        """A request over a connection of its own."""
        socket = await self.connect()
        await socket.send(request)
        return await socket.answer()

    async def close(self) -> None:
        """Close all connections."""
        for socket in self._sockets:
            await socket.close()


async def _no_keys() -> dict[str, Any]:
    raise AssertionError("no token comes")


async def _ready() -> None:
    return None


@asynccontextmanager
async def serving(**limits: Any) -> AsyncIterator[Address]:
    """A server with these limits."""
    chosen = HttpLimits(**limits)
    app = create_app(
        service="echo",
        title="Echo",
        description="",
        routers=[router],
        access={"POST /echo": ANYONE, "GET /hello": ANYONE},
        verifier=Verifier(_no_keys),
        ready=_ready,
    )
    sockets = list(bind("127.0.0.1", {"echo": 0}).values())
    port = sockets[0].getsockname()[1]
    server = make_server({port: Edge(app, app.routes, "echo", chosen)}, chosen)
    running = asyncio.create_task(server.serve(sockets=sockets))
    address = Address(port)
    try:
        await server.listening.wait()
        yield address
    finally:
        await address.close()
        server.should_exit = True
        await running


def post(body: bytes, *headers: bytes) -> bytes:
    """A POST /echo in one piece."""
    lines = [b"POST /echo HTTP/1.1", b"Host: x", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def chunked(*chunks: bytes) -> bytes:
    """A POST /echo in chunks."""
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


HELLO = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"


async def test_a_body_of_exactly_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    async with serving() as address:
        assert (await address.ask(post(b"x" * 1024 * 1024)))[0] == 200
        status, _, problem = await address.ask(post(b"x" * (1024 * 1024 + 1)))
        assert (status, problem["type"]) == (413, "urn:comanda:problem:body-too-large")


async def test_a_body_in_chunks_is_counted_as_it_comes() -> None:
    async with serving(body_bytes=10_000) as address:
        status, _, answer = await address.ask(chunked(*[b"x" * 100] * 100))
        assert (status, answer["bytes"]) == (200, 10_000)
        assert (await address.ask(chunked(*[b"x" * 100] * 101)))[0] == 413
        endless = await address.connect()
        await endless.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        await endless.send(b"2711\r\n" + b"x" * 10_001)
        assert (await endless.answer())[0] == 413  # long before its end


async def test_a_lie_about_the_length_does_not_help() -> None:
    async with serving(body_bytes=10_000, body_s=0.4) as address:
        short = await address.connect()
        await short.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n", b"x" * 10_001)
        assert (await short.answer())[0] == 413
        assert await short.is_cut()


@pytest.mark.parametrize("encoding", [b"gzip", b"deflate", b"br", b"zstd", b"gzip, gzip", b"GZIP"])
async def test_a_compressed_body_is_refused_unread(encoding: bytes) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    async with serving() as address:
        status, headers, problem = await address.ask(post(bomb, b"Content-Encoding: " + encoding))
        assert (status, problem["type"]) == (415, "urn:comanda:problem:content-encoding")
        assert headers["accept-encoding"] == "identity"
        assert (await address.ask(post(b"{}", b"Content-Encoding: identity")))[0] == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 32 + b"]" * 32, 200),
        (b"[" * 33 + b"]" * 33, 400),
        (b'{"a":' * 33 + b"1" + b"}" * 33, 400),
        (b"[" * 500_000, 400),
        (b'["' + b"[" * 500 + b'"]', 200),
        (b'["\\"' + b"[" * 500 + b'"]', 200),
        (b"[" + b"{}," * 500 + b"{}]", 200),
    ],
)
async def test_json_may_be_nested_32_deep(body: bytes, status: int) -> None:
    async with serving() as address:
        assert (await address.ask(post(body)))[0] == status


async def test_headers_that_trickle_are_answered_408_and_cut() -> None:
    async with serving(headers_s=0.4) as address:
        slow = await address.connect()
        await slow.send(b"GET /hello HTTP/1.1\r\n")

        async def trickle() -> None:
            while True:
                await slow.send(b"X-More: and more\r\n")
                await asyncio.sleep(0.05)

        trickling = asyncio.create_task(trickle())
        status, headers, problem = await slow.answer()
        assert (status, problem["type"]) == (408, "urn:comanda:problem:headers-too-slow")
        assert headers["connection"] == "close"
        assert await slow.is_cut()
        trickling.cancel()


async def test_a_connection_that_says_nothing_is_cut() -> None:
    async with serving(headers_s=0.3) as address:
        assert await (await address.connect()).is_cut()
        dots = await address.connect()
        await dots.send(b"\r\n")
        assert await dots.is_cut()


async def test_a_second_request_that_trickles_is_cut_too() -> None:
    async with serving(headers_s=0.4) as address:
        slow = await address.connect()
        await slow.send(HELLO)
        assert (await slow.answer())[0] == 200
        await slow.send(b"GET /hello HTTP/1.1\r\nHost")
        assert (await slow.answer())[0] == 408
        lines = await address.connect()
        await lines.send(HELLO)
        assert (await lines.answer())[0] == 200
        await lines.send(b"\r\n")
        assert await lines.is_cut()


async def test_a_body_that_trickles_is_answered_408_and_cut() -> None:
    async with serving(body_s=0.4) as address:
        for head in (b"Content-Length: 100", b"Transfer-Encoding: chunked"):
            slow = await address.connect()
            await slow.send(b"POST /echo HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
            await slow.send(b"5\r\nabcde\r\n")
            status, _, problem = await slow.answer()
            assert (status, problem["type"]) == (408, "urn:comanda:problem:body-too-slow")
            assert await slow.is_cut()


async def test_who_waits_between_requests_is_not_cut() -> None:
    async with serving(headers_s=0.2, body_s=0.2) as address:
        patient = await address.connect()
        for _ in range(3):
            await patient.send(post(b"{}"))
            assert (await patient.answer())[0] == 200
            await asyncio.sleep(0.5)  # longer than any limit: silence is allowed here
        await patient.send(HELLO)
        assert (await patient.answer())[0] == 200


async def test_slow_clients_do_not_keep_others_waiting() -> None:
    async with serving(headers_s=5) as address:
        for _ in range(200):
            await (await address.connect()).send(b"GET /hello HTTP/1.1\r\nX: ")
        begun = asyncio.get_running_loop().time()
        assert (await address.ask(HELLO))[0] == 200
        assert asyncio.get_running_loop().time() - begun < 1


async def test_headers_without_end_are_refused() -> None:
    async with serving(headers_bytes=8_192) as address:
        greedy = await address.connect()
        await greedy.send(b"GET /hello HTTP/1.1\r\nHost: x\r\n")
        await greedy.send(b"X-Long: " + b"x" * 9_000)
        assert (await greedy.answer())[0] == 431
        assert await greedy.is_cut()
        modest = b"GET /hello HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 4_000 + b"\r\n\r\n"
        keeps = await address.connect()
        for _ in range(4):
            await keeps.send(modest)
            assert (await keeps.answer())[0] == 200


async def test_a_client_that_leaves_in_the_middle_has_asked_for_nothing() -> None:
    async with serving() as address:
        gone = await address.connect()
        await gone.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n[1,2")
        await gone.close()
        assert (await address.ask(HELLO))[0] == 200


async def test_one_connection_too_many_is_told_so() -> None:
    async with serving(connections=3) as address:
        held = [await address.connect() for _ in range(3)]
        for socket in held:
            await socket.send(HELLO)
            assert (await socket.answer())[0] == 200
        status, headers, problem = await (await address.connect()).answer()
        assert (status, problem["type"]) == (503, "urn:comanda:problem:too-many-connections")
        assert int(headers["retry-after"]) >= 1
        await held[0].close()
        async with asyncio.timeout(5):
            while (await address.ask(HELLO))[0] != 200:
                pass


async def test_so_many_requests_a_minute_and_no_more() -> None:
    async with serving(requests_per_minute=20, count_loopback=True) as address:
        socket = await address.connect()
        statuses = []
        for _ in range(25):
            await socket.send(HELLO)
            status, headers, _ = await socket.answer()
            statuses.append(status)
        assert statuses == [200] * 20 + [429] * 5
        assert 1 <= int(headers["retry-after"]) <= 3
        status, _, problem = await address.ask(post(b"{}"))
        assert (status, problem["type"]) == (429, "urn:comanda:problem:too-many-requests")


async def test_this_machine_may_ask_as_often_as_it_likes_unless_set() -> None:
    async with serving(requests_per_minute=5) as address:
        socket = await address.connect()
        for _ in range(50):
            await socket.send(HELLO)
            assert (await socket.answer())[0] == 200


async def test_forwarded_addresses_are_believed_from_trusted_proxies_only() -> None:
    forwarded = b"GET /hello HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.9, 198.51.100.7\r\n\r\n"
    async with serving(requests_per_minute=5, trusted_proxies="127.0.0.0/8") as address:
        answers = [await address.ask(forwarded) for _ in range(6)]
        assert [status for status, _, _ in answers] == [200] * 5 + [429]
        assert answers[0][2]["client"] == "198.51.100.7"  # what the proxy saw, not what the client says
        assert (await address.ask(HELLO))[0] == 200
    async with serving(requests_per_minute=5) as address:
        answers = [await address.ask(forwarded) for _ in range(6)]
        assert {(status, answer["client"]) for status, _, answer in answers} == {(200, "127.0.0.1")}


def test_a_bucket_fills_again_with_time() -> None:
    now = [0.0]
    rate = Rate(60, lambda: now[0])
    assert [rate.take("192.0.2.1") for _ in range(61)] == [0] * 60 + [1]
    assert rate.take("192.0.2.2") == 0
    now[0] = 1.0
    assert [rate.take("192.0.2.1") for _ in range(2)] == [0, 1]
    now[0] = 3_600.0
    assert [rate.take("192.0.2.1") for _ in range(61)] == [0] * 60 + [1]


def test_addresses_of_one_ipv6_network_share_a_bucket() -> None:
    rate = Rate(2, lambda: 0.0)
    assert [rate.take(f"2001:db8::{n}") for n in (1, 2, 3)] == [0, 0, 30]
    assert rate.take("2001:db8:0:1::1") == 0


def test_not_more_addresses_are_remembered_than_there_is_room_for() -> None:
    rate = Rate(600)
    for number in range(MOST_ADDRESSES + 5_000):
        rate.take(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(rate._buckets) <= MOST_ADDRESSES
