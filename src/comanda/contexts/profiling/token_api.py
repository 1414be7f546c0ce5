"""Profiling's routes about tokens: keys and sessions."""

from typing import Any

from fastapi import APIRouter

from comanda.contexts.profiling import sessions, signing_keys
from comanda.contexts.profiling.contract.views import SessionView
from comanda.contexts.profiling.requests import Credentials, RefreshToken
from comanda.messaging.service import CallDep
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute, tags=["tokens"])


@router.get("/.well-known/jwks.json")
async def read_jwks(call: CallDep) -> dict[str, Any]:
    """The public keys that bearer tokens are verified with (JWKS, RFC 7517)."""
    async with call.service.database.acquire() as connection:
        return await signing_keys.published_keys(connection)


@router.post("/sessions", status_code=201)
async def sign_in(body: Credentials, call: CallDep) -> SessionView:
    """Sign in with e-mail and password. Too many failures answer 429 for a while."""
    return await sessions.sign_in(body.email, body.password, call)


@router.post("/sessions/refresh")
async def go_on(body: RefreshToken, call: CallDep) -> SessionView:
    """Get new tokens. A refresh token works once: used again, it ends the session."""
    return await sessions.go_on(body.refresh_token, call)


@router.delete("/sessions/current", status_code=204)
async def sign_out(call: CallDep) -> None:
    """Sign out: the session's refresh tokens end now, its access token when its minutes are over."""
    await sessions.sign_out(call)
