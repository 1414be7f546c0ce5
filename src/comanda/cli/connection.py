"""A light HTTP/1.1 client connection for load: it shares the machine with the server that it drives.

httpx spends about 1 ms of CPU a request, more than the server does; this spends about 20 µs.
It knows only what a load client of our own services needs: keep-alive, one request at a time, answers with a
Content-Length.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

END_OF_HEAD = b"\r\n\r\n"
MAX_HEAD_BYTES = 64 * 1024


class Answer(NamedTuple):
    """An HTTP answer: its status, the bytes of its head (lower case) and of its body."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of a header, None where the answer has none."""
        return header(self.head, name.lower().encode())

    @property
    def retry_after_s(self) -> float | None:
        """The seconds that the server asks to wait (Retry-After, RFC 9110 §10.2.3), if it does."""
        value = self.header("retry-after")
        return float(value) if value and value.isdigit() else None


class Connection(asyncio.Protocol):
    """One connection: opened by the first request, and again by the next one after it broke.

    Every failure of the network raises an OSError (ConnectionError, TimeoutError): whether the server has
    acted on the request is then unknown, and only an idempotency key makes it safe to send it again.
    """

    def __init__(self, host: str, port: int, *, timeout_s: float = 30.0) -> None:
        self.host, self.port, self.timeout_s = host, port, timeout_s
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._received = b""

    async def request(self, raw: bytes) -> Answer:
        """Send a whole request (see `render`) and wait for its answer."""
        loop = asyncio.get_running_loop()
        transport = self._transport
        if transport is None or transport.is_closing():
            transport = await self._connect(loop)
        self._received = b""
        waiting: asyncio.Future[Answer] = loop.create_future()
        self._waiting = waiting
        timer = loop.call_later(self.timeout_s, self._give_up)
        transport.write(raw)
        try:
            return await waiting
        finally:
            timer.cancel()
            if self._waiting is not None:  # cancelled half-way: what still arrives must not answer the next request
                self.close()

    def close(self) -> None:
        """Close the connection; the next request opens it again."""
        self._waiting = None
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    async def _connect(self, loop: asyncio.AbstractEventLoop) -> asyncio.Transport:
        transport, _ = await asyncio.wait_for(
            loop.create_connection(lambda: self, self.host, self.port), self.timeout_s
        )
        if transport.is_closing():  # a server that dies may accept and reset before we are told
            raise ConnectionResetError("the server closed the connection at once")
        self._transport = transport
        return transport

    def data_received(self, data: bytes) -> None:
        """Collect bytes until the answer is whole."""
        if self._received:
            data = self._received + data
        try:
            answer = parse(data)
        except ValueError as problem:
            self._fail(ConnectionError(f"not an HTTP answer that this client knows: {problem}"))
            return
        if answer is None:
            self._received = data
            return
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)
        if b"\r\nconnection: close" in answer.head:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the one who waits that no answer will come."""
        self._transport = None
        self._fail(ConnectionResetError("the server closed the connection before it answered"))

    def _give_up(self) -> None:
        self._fail(TimeoutError(f"no answer within {self.timeout_s:g} s"))

    def _fail(self, error: OSError) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(error)
        self.close()


def render(method: str, path: str, host: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """The bytes of a request with a JSON body (or none)."""
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines.append("content-type: application/json")
    lines.append(f"content-length: {len(body)}")
    return "\r\n".join(lines).encode() + END_OF_HEAD + body


def parse(data: bytes) -> Answer | None:
    """The answer at the beginning of `data`, None while a part of it is missing.

    Raises ValueError on what is no answer or has no length.
    """
    end = data.find(END_OF_HEAD)
    if end < 0:
        if len(data) > MAX_HEAD_BYTES:
            raise ValueError("its head has no end")
        return None
    if data[:7] != b"HTTP/1.":
        raise ValueError(f"it begins with {data[:20]!r}")
    head = data[:end].lower()
    status = int(head[9:12])
    length = header(head, b"content-length")
    if length is None and status not in (204, 304):
        raise ValueError("it has no Content-Length")
    start = end + len(END_OF_HEAD)
    whole = start + int(length or 0)
    return Answer(status, head, data[start:whole]) if len(data) >= whole else None


def header(head: bytes, name: bytes) -> str | None:
    """The value of a header in a lower-case head."""
    mark = b"\r\n" + name + b":"
    at = head.find(mark)
    if at < 0:
        return None
    end = head.find(b"\r\n", at + 2)
    return head[at + len(mark) : end if end >= 0 else len(head)].strip().decode("latin-1")
