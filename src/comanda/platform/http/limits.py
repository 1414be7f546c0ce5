"""Limits on what may come in: how much, how deep, how slowly, how often."""

from dataclasses import dataclass

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Receive, Scope

from comanda.platform.http.problems import problem

DEPTH = 32

BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """The limits on requests.

    `headers_s` and `body_s` are how long a client may take to send them, `connections` how many may be open at once.
    `requests_per_minute` counts for each client address, 0 for no limit; from this machine only if `count_loopback`.
    `trusted_proxies` are the addresses and networks whose `X-Forwarded-For` is believed, separated by commas.
    """

    body_bytes: int = 1024 * 1024
    depth: int = DEPTH
    headers_bytes: int = 64 * 1024
    headers_s: float = 10.0
    body_s: float = 30.0
    connections: int = 4_000
    requests_per_minute: int = 600
    count_loopback: bool = False
    trusted_proxies: str = ""


DEFAULT_LIMITS = HttpLimits()


class Refused(Exception):
    """A request that goes no further; `answer` says why."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


class BodyLimits:
    """Reads the body of a request before the application does, within its limits, and hands it on in one piece."""

    def __init__(self, limits: HttpLimits) -> None:
        self._bytes = limits.body_bytes
        self._depth = limits.depth

    async def body(self, scope: Scope, receive: Receive) -> "WholeBody":
        """The whole body, to be received at once.

        Raises Refused with 400, 413 or 415, ClientDisconnect when the rest of the body will not come.
        """
        _check_encoding(scope)
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body = message.get("body", b"")
        if message.get("more_body"):
            body = await self._rest(body, receive)
        if len(body) > self._bytes:
            raise Refused(self._too_large())
        if len(body) > 2 * self._depth and too_deep(body, self._depth):
            raise Refused(problem(400, "too-deep", f"The body is nested more than {self._depth} deep."))
        return WholeBody(body, receive)

    async def _rest(self, begun: bytes, receive: Receive) -> bytes:
        parts, size, more = [begun], len(begun), True
        while more and size <= self._bytes:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            more = message.get("more_body", False)
        return b"".join(parts)

    def _too_large(self) -> Response:
        return problem(413, "body-too-large", f"The body is larger than {self._bytes} bytes.")


def _check_encoding(scope: Scope) -> None:
    """A compressed body could be a thousand times as large as it looks: none is taken."""
    for name, value in scope["headers"]:
        if name == b"content-encoding" and value.strip().lower() not in (b"", b"identity"):
            refusal = problem(415, "content-encoding", "Send the body as it is: no Content-Encoding is taken.")
            refusal.headers["Accept-Encoding"] = "identity"
            raise Refused(refusal)


class WholeBody:
    """A `receive` that gives the body once, then whatever comes after it (a disconnect)."""

    __slots__ = ("_given", "_receive", "content")

    def __init__(self, content: bytes, receive: Receive) -> None:
        self.content = content
        self._receive = receive
        self._given = False

    async def __call__(self) -> Message:
        if self._given:
            return await self._receive()
        self._given = True
        return {"type": "http.request", "body": self.content, "more_body": False}


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
