"""How often an address may ask: a bucket of tokens for each, in memory."""

import ipaddress
import time
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from comanda.platform.http.connection import CUT
from comanda.platform.http.limits import HttpLimits
from comanda.platform.http.problems import problem

MOST_ADDRESSES = 20_000
"""How many addresses are remembered; the oldest are forgotten first, which lets them begin anew."""


class Rate:
    """So many requests a minute from each address, as many at once after a minute of silence.

    Of IPv6 a network of 64 bits counts as one address: whoever has one has them all.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(per_minute)
        self._per_second = per_minute / 60
        self._clock = clock
        self._buckets: dict[str, list[float]] = {}

    def take(self, address: str) -> int:
        """0 when the request may pass, else the seconds after which the next one may."""
        now = self._clock()
        bucket = self._buckets.get(address)
        if bucket is None:
            bucket = self._buckets[address] = self._bucket_of(address, now)
        tokens = min(self._most, bucket[0] + (now - bucket[1]) * self._per_second)
        bucket[1] = now
        if tokens < 1:
            bucket[0] = tokens
            return max(1, int((1 - tokens) / self._per_second + 0.999))
        bucket[0] = tokens - 1
        return 0

    def _bucket_of(self, address: str, now: float) -> list[float]:
        """A new address's bucket, or that of its network."""
        if len(self._buckets) >= MOST_ADDRESSES:
            for oldest in list(self._buckets)[: MOST_ADDRESSES // 10]:
                del self._buckets[oldest]
        network = _network(address)
        if network == address:
            return [self._most, now]
        return self._buckets.setdefault(network, [self._most, now])


def _network(address: str) -> str:
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address


class RateLimited:
    """An application behind the rate: 429 with Retry-After for who asks too often."""

    def __init__(self, app: ASGIApp, limits: HttpLimits) -> None:
        self._app = app
        self._rate = Rate(limits.requests_per_minute)
        self._loopback = limits.count_loopback
        self._per_minute = limits.requests_per_minute

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        client = scope["client"]
        if client is not None and (self._loopback or not is_loopback(client[0])):
            seconds = self._rate.take(client[0])
            if seconds:
                await self._refusal(seconds)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, seconds: int) -> Response:
        CUT.labels("too-many-requests").inc()
        detail = f"More than {self._per_minute} requests a minute."
        return problem(429, "too-many-requests", detail, {"Retry-After": str(seconds)})


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own."""
    return host.startswith("127.") or host in ("::1", "::ffff:127.0.0.1")
