"""HTTP to foreign services: bounded in time and size, no redirects, a circuit breaker each, no secrets in errors."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any

import httpx
import msgspec
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

from comanda.contexts.ordering.foreign.addresses import Address, ForeignServices

LARGEST_ANSWER = 1024 * 1024
"""Bytes. A longer answer counts as none."""

_CONNECT_S, _READ_S = 2.0, 8.0
_FAILS_IN_A_ROW = 5

RESTS_S = 5.0
"""How long a service that fails again and again is left alone."""


class NoAnswer(Exception):
    """Nobody knows what the foreign service did: it will be asked again. Names the stage, never an address."""


class Reply(msgspec.Struct, frozen=True):
    """What a foreign service answered."""

    status: int
    body: bytes


class ForeignClient:
    """Speaks to the foreign services that are set. `async with` closes its connections in the end."""

    def __init__(self, services: ForeignServices, *, rests_s: float = RESTS_S) -> None:
        self._addresses = services.addresses
        self._breakers = AsyncCircuitBreakerFactory(default_threshold=_FAILS_IN_A_ROW, default_ttl=rests_s)
        self._connections: httpx.AsyncClient | None = None

    async def __aenter__(self) -> "ForeignClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connections is not None:
            await self._connections.aclose()

    @property
    def _http(self) -> httpx.AsyncClient:
        """Made when it is needed first: most installations never need it."""
        if self._connections is None:
            self._connections = httpx.AsyncClient(
                timeout=httpx.Timeout(_READ_S, connect=_CONNECT_S),
                limits=httpx.Limits(max_connections=64, max_keepalive_connections=16),
                follow_redirects=False,
                trust_env=False,
            )
        return self._connections

    async def ask(self, stage: str, method: str, path: str, *, json: Any = None, key: str | None = None) -> Reply:
        """One request. Raises NoAnswer when there is none, the service is failing (5xx), or says too much."""
        address = self._addresses.get(stage)
        if address is None:
            raise NoAnswer(f"no foreign {stage} service is set")
        try:
            async with await self._breakers.get_breaker(stage):
                return await self._once(stage, address, method, path, json, key)
        except OpenedState as error:
            raise NoAnswer(f"the {stage} service has failed too often and is left alone for a while") from error

    async def _once(self, stage: str, address: Address, method: str, path: str, json: Any, key: str | None) -> Reply:
        content = None if json is None else msgspec.json.encode(json)
        auth = httpx.BasicAuth(address.user, address.password) if address.user else None
        headers = _headers(address, key)
        try:
            async with self._http.stream(
                method, address.url + path, content=content, headers=headers, auth=auth
            ) as response:
                if response.status_code >= 500:
                    raise NoAnswer(f"the {stage} service answered {response.status_code}")
                return Reply(response.status_code, await _bounded(stage, response))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoAnswer(f"the {stage} service: {type(error).__name__}") from None


def _headers(address: Address, key: str | None) -> Mapping[str, str]:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Content-Type": "application/json"}
    if address.token:
        headers["Authorization"] = f"Bearer {address.token}"
    if key is not None:
        headers["Idempotency-Key"] = key
    return headers


async def _bounded(stage: str, response: httpx.Response) -> bytes:
    """The body as it came, never more than the limit."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise NoAnswer(f"the {stage} service answered in an encoding that was not asked for")
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_raw():
        size += len(part)
        if size > LARGEST_ANSWER:
            raise NoAnswer(f"the {stage} service answered more than {LARGEST_ANSWER} bytes")
        parts.append(part)
    return b"".join(parts)
