"""The light client gets whole answers, and says when it got none."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import uvloop

from comanda.cli.connection import Connection, parse, render

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def peer(handler: Handler) -> AsyncIterator[Connection]:
    """A connection to a server that does what the handler does."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await handler(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        connection = Connection("127.0.0.1", server.sockets[0].getsockname()[1], timeout_s=2)
        try:
            yield connection
        finally:
            connection.close()


async def request_of(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


async def test_answer_that_arrives_byte_by_byte_is_whole() -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        for byte in b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\nRetry-After: 3\r\n\r\nhello":
            writer.write(bytes([byte]))
            await writer.drain()

    async with peer(trickle) as connection:
        answer = await connection.request(render("GET", "/", "x"))
    assert (answer.status, answer.body, answer.retry_after_s) == (201, b"hello", 3)


async def test_one_connection_serves_many_requests() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            path = (await request_of(reader)).split()[1]
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(path), path))

    async with peer(echo) as connection:
        answers = [await connection.request(render("GET", f"/{i}", "x")) for i in range(3)]
    assert [answer.body for answer in answers] == [b"/0", b"/1", b"/2"]


async def test_connection_that_ends_before_the_answer_is_an_error_and_opens_again() -> None:
    seen = []

    async def die_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await request_of(reader))
        if len(seen) > 1:
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            await writer.drain()

    async with peer(die_once) as connection:
        with pytest.raises(ConnectionError):
            await connection.request(render("POST", "/", "x"))
        assert (await connection.request(render("POST", "/", "x"))).status == 204


def test_server_that_resets_at_once_is_an_error() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def reset_all() -> None:
        while True:
            try:
                accepted, _ = listener.accept()
            except OSError:
                return
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            accepted.close()

    async def ask() -> None:
        connection = Connection(*listener.getsockname(), timeout_s=2)
        for _ in range(300):
            with pytest.raises(OSError):
                await connection.request(render("POST", "/", "x"))

    resetting = threading.Thread(target=reset_all)
    resetting.start()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(ask())
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        resetting.join()


async def test_no_answer_in_time_is_an_error() -> None:
    async def sleep(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with peer(sleep) as connection:
        connection.timeout_s = 0.05
        with pytest.raises(TimeoutError):
            await connection.request(render("GET", "/", "x"))


async def test_nobody_listens_is_an_error() -> None:
    with pytest.raises(OSError, match="onnect"):
        await Connection("127.0.0.1", 1).request(render("GET", "/", "x"))


async def test_what_is_no_http_is_an_error() -> None:
    async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(b"220 mail.example.org\r\n\r\n")
        await writer.drain()
        await reader.read()

    async with peer(chatter) as connection:
        with pytest.raises(ConnectionError, match="not an HTTP answer"):
            await connection.request(render("GET", "/", "x"))


async def test_late_answer_of_a_canceled_request_does_not_answer_the_next_one() -> None:
    gate = asyncio.Event()

    async def slow_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await request_of(reader)).split()[1]
        if path == b"/slow":
            await gate.wait()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(path), path))

    async with peer(slow_first) as connection:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(connection.request(render("GET", "/slow", "x")), 0.05)
        gate.set()
        assert (await connection.request(render("GET", "/next", "x"))).body == b"/next"


def test_answer_without_length_is_refused() -> None:
    with pytest.raises(ValueError, match="no Content-Length"):
        parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
