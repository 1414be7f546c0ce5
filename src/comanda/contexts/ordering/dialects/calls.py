"""A request to a dialect, and how it asks the services in the caller's own name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from comanda.contexts.carting.contract.client import CartingClient
from comanda.contexts.ordering.contract.client import OrderingClient
from comanda.platform.auth import Principal
from comanda.platform.http.edge import TRACE
from comanda.platform.http.routing import PRINCIPAL
from comanda.platform.outbound import Outbound


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, with the token that says so, and the trace of the call."""

    principal: Principal
    token: str | None
    trace: str


Reach = Callable[[str, Caller], Outbound]
"""How a service is asked in a caller's name: by the name of the service."""


@dataclass(frozen=True, slots=True)
class DialectCall:
    """One request to a dialect."""

    request: Request
    caller: Caller

    @property
    def principal(self) -> Principal:
        """Who is calling."""
        return self.caller.principal

    @property
    def key(self) -> str | None:
        """The Idempotency-Key, to be passed on with what creates or moves something."""
        return self.request.headers.get("idempotency-key")

    def outbound(self, service: str) -> Outbound:
        """A service, asked in the caller's name."""
        reach: Reach = self.request.app.state.reach
        return reach(service, self.caller)

    @property
    def ordering(self) -> OrderingClient:
        """Ordering, asked in the caller's name."""
        return OrderingClient(self.outbound("ordering"))

    @property
    def carting(self) -> CartingClient:
        """Carting, asked in the caller's name."""
        return CartingClient(self.outbound("carting"))


async def _call(request: Request) -> DialectCall:
    _, _, token = request.headers.get("authorization", "").partition(" ")
    return DialectCall(request, Caller(request.scope[PRINCIPAL], token or None, request.scope[TRACE]))


DialectCallDep = Annotated[DialectCall, Depends(_call)]
"""`async def endpoint(call: DialectCallDep)`: FastAPI's way to the call."""
