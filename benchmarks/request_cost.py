"""What authorization and limits cost a request, in microseconds of processor time.

    python benchmarks/request_cost.py

Each figure is the median of several rounds; parts are measured by themselves, in one process, without a socket.
"""

import asyncio
import gc
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from joserfc.jwk import OKPKey
from starlette.requests import Request
from starlette.types import Message, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from comanda.kernel.permissions import ORDERS_READ
from comanda.platform.auth import Principal, Verifier, sign
from comanda.platform.http.access import SIGNED_IN_OWNER
from comanda.platform.http.connection import GuardedConfig, GuardedProtocol
from comanda.platform.http.limits import DEFAULT_LIMITS, BodyLimits, HttpLimits
from comanda.platform.http.rate import RateLimited
from comanda.platform.http.routing import principal_of

ROUNDS, REPEATS = 9, 20_000
BODY = b'{"lines":[{"sku":"SKU-1","quantity":2}],"email":"ada@example.org"}'
REQUEST = (
    b"POST /orders HTTP/1.1\r\nHost: localhost:9005\r\nUser-Agent: bench\r\nAccept: */*\r\n"
    b"Content-Type: application/json\r\nIdempotency-Key: 0198c0de\r\nContent-Length: %d\r\n\r\n" % len(BODY)
) + BODY


class Transport(asyncio.Transport):
    """A connection that goes nowhere."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Addresses of this machine."""
        return ("127.0.0.1", 9005) if name in ("peername", "sockname") else default

    def is_closing(self) -> bool:
        """It stays open."""
        return False

    def pause_reading(self) -> None:
        """Nothing is read."""

    def resume_reading(self) -> None:
        """Nothing is read."""

    def write(self, data: Any) -> None:
        """Nothing is written."""

    def close(self) -> None:
        """It stays open."""


async def nothing(scope: Scope, receive: Any, send: Any) -> None:
    """An application that does nothing."""


def scope_of(client: str, token: str | None = None) -> Scope:
    """A request's scope with the headers of a usual client."""
    names = (b"host", b"user-agent", b"accept", b"content-type", b"idempotency-key", b"content-length")
    headers = [(name, b"something") for name in names]
    if token is not None:
        headers.append((b"authorization", f"Bearer {token}".encode()))
    return {"type": "http", "method": "POST", "path": "/orders", "headers": headers, "client": (client, 1)}


async def median_us(work: Callable[[], Awaitable[Any]]) -> float:
    """Microseconds a call takes."""
    rounds = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(REPEATS):
            await work()
        rounds.append((time.process_time() - begun) / REPEATS * 1e6)
    return statistics.median(rounds)


def parsing_us(kind: type[HttpToolsProtocol]) -> float:
    """Microseconds to take in a request, its application not begun."""
    loop = asyncio.get_running_loop()
    config = GuardedConfig(nothing, DEFAULT_LIMITS, loop="uvloop", ws="none", lifespan="off", log_config=None)
    config.load()
    rounds = []
    for _ in range(ROUNDS):
        protocol = kind(config=config, server_state=ServerState(), app_state={}, _loop=loop)
        protocol._start_asgi_task = lambda cycle, app: None  # type: ignore[method-assign]
        protocol.connection_made(Transport())
        begun = time.process_time()
        for _ in range(REPEATS):
            protocol.data_received(REQUEST)
            protocol.cycle.response_complete = True
        rounds.append((time.process_time() - begun) / REPEATS * 1e6)
    return statistics.median(rounds)


async def main() -> None:
    """Measure and print."""
    gc.disable()
    key = OKPKey.generate_key("Ed25519", auto_kid=True)

    async def keys() -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False)]}

    verifier = Verifier(keys)
    token = sign(key, role="staff", subject="7", lifetime_s=3600, permissions=frozenset({ORDERS_READ}))
    app = type("App", (), {"state": type("State", (), {"verifier": verifier})})
    row, staff = SIGNED_IN_OWNER.and_staff(ORDERS_READ), Principal("staff", "7", frozenset({ORDERS_READ}))
    guest, known = scope_of("127.0.0.1"), scope_of("127.0.0.1", token)
    known["app"] = app
    body = BodyLimits(DEFAULT_LIMITS)
    many = HttpLimits(requests_per_minute=10**9)
    limited = RateLimited(nothing, many)

    async def receive() -> Message:
        return {"type": "http.request", "body": BODY, "more_body": False}

    async def unsent(_: Message) -> None:
        """Nobody hears it."""

    async def check() -> None:
        row.check(staff)

    async def empty() -> None:
        """What the measuring itself costs."""

    base = await median_us(empty)
    bare = await median_us(lambda: nothing(guest, receive, unsent))
    rows = {
        "who is calling: no token": await median_us(lambda: principal_of(Request(guest))) - base,
        "who is calling: a token seen before": await median_us(lambda: principal_of(Request(known))) - base,
        "the row of the table": await median_us(check) - base,
        "size, depth and encoding of the body": await median_us(lambda: body.body(guest, receive)) - base,
        "the rate, from this machine": await median_us(lambda: limited(guest, receive, unsent)) - bare,
        "the rate, from elsewhere": await median_us(lambda: limited(scope_of_elsewhere, receive, unsent)) - bare,
        "slow clients and large headers": parsing_us(GuardedProtocol) - parsing_us(HttpToolsProtocol),
    }
    for name, cost in rows.items():
        sys.stdout.write(f"{name:40} {cost:6.2f} µs\n")


scope_of_elsewhere = scope_of("192.0.2.7")

if __name__ == "__main__":
    asyncio.run(main())
