"""What other services ask of profiling."""

from typing import Any

from comanda.platform.outbound import Outbound


class ProfilingClient:
    """Profiling, as seen from elsewhere."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def jwks(self) -> dict[str, Any]:
        """The keys that tokens are verified with: what `platform.auth.Verifier` loads. Raises Unavailable."""
        answer = await self._outbound.call("GET", "/.well-known/jwks.json")
        document: dict[str, Any] = answer.checked().json()
        return document
