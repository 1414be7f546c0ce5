"""What other services ask of profiling."""

from typing import Any
from urllib.parse import quote

from comanda.contexts.profiling.contract.views import AddressView, ApiTokenOwnerView, CustomerView
from comanda.kernel.errors import NotFound
from comanda.platform.outbound import Outbound


class ProfilingClient:
    """Profiling, as seen from elsewhere. Raises Unavailable when it cannot be reached."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def jwks(self) -> dict[str, Any]:
        """The keys that tokens are verified with: what `platform.auth.Verifier` loads."""
        answer = await self._outbound.call("GET", "/.well-known/jwks.json")
        document: dict[str, Any] = answer.checked().json()
        return document

    async def customer(self, customer_id: str) -> CustomerView | None:
        """A customer; None when there is none, as for one that another system knows."""
        answer = await self._outbound.call("GET", f"/customers/{quote(customer_id, safe='')}")
        try:
            return CustomerView.model_validate_json(answer.checked().body)
        except NotFound:
            return None

    async def introspect(self, token: str) -> ApiTokenOwnerView | None:
        """Who an API token stands for; None for one that is not good. Raises Unavailable."""
        answer = await self._outbound.call("POST", "/api-tokens/introspect", json={"token": token})
        try:
            return ApiTokenOwnerView.model_validate_json(answer.checked().body)
        except NotFound:
            return None

    async def addresses(self, customer_id: str) -> list[AddressView]:
        """A customer's addresses; none for one that is not known."""
        answer = await self._outbound.call("GET", f"/customers/{quote(customer_id, safe='')}/addresses")
        try:
            items: list[Any] = answer.checked().json()["items"]
        except NotFound:
            return []
        return [AddressView.model_validate(item) for item in items]
