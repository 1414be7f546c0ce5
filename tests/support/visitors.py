"""Somebody who calls a service over HTTP without a socket, headers and all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from comanda.platform.auth import Principal
from comanda.platform.http.routing import IN_PROCESS_PRINCIPAL


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at a service's door. Without a principal, the bearer token in the headers says who it is."""

    app: ASGIApp
    principal: Principal | None = None
    headers: Mapping[str, str] | None = None

    async def __call__(
        self,
        method: str,
        path: str,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """One request."""

        async def as_principal(scope: Scope, receive: Receive, send: Send) -> None:
            known = {} if self.principal is None else {IN_PROCESS_PRINCIPAL: self.principal}
            await self.app({**scope, **known}, receive, send)

        transport = httpx.ASGITransport(as_principal)
        sent = {**(self.headers or {}), **(headers or {})}
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path, json=json, headers=sent, content=content)
