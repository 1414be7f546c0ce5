"""How services verify tokens: with the keys that profiling publishes, and by asking it about API tokens."""

from comanda.contexts.profiling.contract.client import ProfilingClient
from comanda.platform.api_tokens import KnownApiTokens
from comanda.platform.auth import Principal, Verifier
from comanda.platform.outbound import Outbound


def verifier_through(profiling: Outbound) -> Verifier:
    """A verifier that reaches profiling this way."""
    client = ProfilingClient(profiling)

    async def introspect(token: str) -> Principal | None:
        owner = await client.introspect(token)
        return None if owner is None else Principal(owner.role, owner.id, frozenset(owner.permissions))

    return Verifier(client.jwks, KnownApiTokens(introspect))
