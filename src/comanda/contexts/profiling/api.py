"""Profiling's routes."""

from typing import Any

from fastapi import APIRouter

from comanda.contexts.profiling import signing_keys
from comanda.messaging.service import CallDep
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute)


@router.get("/.well-known/jwks.json", tags=["tokens"])
async def read_jwks(call: CallDep) -> dict[str, Any]:
    """The public keys that bearer tokens are verified with (JWKS, RFC 7517)."""
    async with call.service.database.acquire() as connection:
        return await signing_keys.published_keys(connection)
