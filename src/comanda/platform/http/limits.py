"""Limits on what may come in: size and depth of bodies, time to send them."""

import asyncio
from typing import Any

from starlette.responses import Response
from starlette.types import Message, Receive

from comanda.platform.http.problems import problem

BODY_BYTES = 1024 * 1024
BODY_SECONDS = 30.0
DEPTH = 32


BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


class Refused(Exception):
    """A request that goes no further; `answer` says why."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


class Limits:
    """Reads the body of a request before the application does, within its limits, and hands it on in one piece."""

    def __init__(self, *, body_bytes: int = BODY_BYTES, body_seconds: float = BODY_SECONDS) -> None:
        self._body_bytes = body_bytes
        self._body_seconds = body_seconds

    async def body(self, receive: Receive) -> Receive:
        """A `receive` that gives the whole body. Raises Refused with 400, 408 or 413."""
        try:
            async with asyncio.timeout(self._body_seconds):
                first = await receive()
                body = await self._rest(first, receive) if first.get("more_body") else first.get("body", b"")
        except TimeoutError as error:
            slow = problem(408, "body-too-slow", "The body did not arrive in time.", {"Connection": "close"})
            raise Refused(slow) from error
        if len(body) > self._body_bytes:
            raise Refused(self._too_large())
        if len(body) > 2 * DEPTH and too_deep(body):
            raise Refused(problem(400, "too-deep", f"The body is nested more than {DEPTH} deep."))
        return _Replay(first["type"], body, receive)

    async def _rest(self, first: Message, receive: Receive) -> bytes:
        parts = [first.get("body", b"")]
        size = len(parts[0])
        message: Any = first
        while message.get("more_body"):
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._body_bytes:
                raise Refused(self._too_large())
        return b"".join(parts)

    def _too_large(self) -> Response:
        return problem(413, "body-too-large", f"The body is larger than {self._body_bytes} bytes.")


class _Replay:
    """Gives the body once, then whatever comes after it (a disconnect)."""

    __slots__ = ("_body", "_receive", "_type")

    def __init__(self, kind: str, body: bytes, receive: Receive) -> None:
        self._type = kind
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": self._type, "body": body, "more_body": False}
        return await self._receive()


def too_deep(body: bytes, limit: int = DEPTH) -> bool:
    """Whether brackets outside of strings nest deeper than the limit."""
    if body.count(b"{") + body.count(b"[") <= limit:
        return False
    depth, in_string, escaped = 0, False, False
    for byte in body:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in (0x7B, 0x5B):
            depth += 1
            if depth > limit:
                return True
        elif byte in (0x7D, 0x5D):
            depth -= 1
    return False
