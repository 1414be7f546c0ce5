"""Profiling's routes about tokens: keys and sessions."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from comanda.contexts.profiling import key_rotation, sessions, signing_keys
from comanda.contexts.profiling.api import CustomerId
from comanda.contexts.profiling.contract.views import (
    EndedSessionsView,
    OpenSessionView,
    SessionView,
    SigningKeyView,
)
from comanda.contexts.profiling.requests import Credentials, NewSigningKey, RefreshToken
from comanda.messaging.service import CallDep
from comanda.platform.http.fields import NO_NUL
from comanda.platform.http.pages import Page
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute, tags=["tokens"])


@router.get("/.well-known/jwks.json")
async def get_jwks(call: CallDep) -> dict[str, Any]:
    """The public keys that bearer tokens are verified with (JWKS, RFC 7517)."""
    async with call.service.database.acquire() as connection:
        return await signing_keys.published_keys(connection)


@router.get("/signing-keys")
async def list_keys(call: CallDep) -> Page[SigningKeyView]:
    """The keys that tokens are signed with, the newest first."""
    return Page(items=await key_rotation.list_keys(call))


@router.post("/signing-keys", status_code=201)
async def add_key(body: NewSigningKey, call: CallDep) -> SigningKeyView:
    """Change the key. The new one signs in ten minutes, when everybody knows it; the old one's tokens stay good."""
    return await key_rotation.add_key(call, revoke=body.revoke_others)


@router.post("/sessions", status_code=201)
async def sign_in(body: Credentials, call: CallDep) -> SessionView:
    """Sign in with e-mail and password. Too many failures answer 429 for a while."""
    return await sessions.sign_in(body.email, body.password, call)


@router.post("/sessions/refresh")
async def refresh_session(body: RefreshToken, call: CallDep) -> SessionView:
    """Get new tokens. A refresh token works once: used again, it ends the session."""
    return await sessions.go_on(body.refresh_token, call)


@router.get("/sessions")
async def list_sessions(call: CallDep) -> Page[OpenSessionView]:
    """Where one is signed in, the newest first."""
    return Page(items=await sessions.list_own(call))


@router.delete("/sessions")
async def sign_out_everywhere(call: CallDep) -> EndedSessionsView:
    """Sign out everywhere: refresh tokens end now, access tokens when their minutes are over."""
    return await sessions.sign_out_everywhere(call)


@router.delete("/sessions/current", status_code=204)
async def sign_out(call: CallDep) -> None:
    """Sign out: the session's refresh tokens end now, its access token when its minutes are over."""
    await sessions.sign_out(call)


@router.delete("/sessions/{session_id}", status_code=204)
async def sign_out_of(session_id: Annotated[str, Path(max_length=50, pattern=NO_NUL)], call: CallDep) -> None:
    """Sign out of one session of one's own."""
    await sessions.sign_out_of(session_id, call)


@router.delete("/customers/{customer_id}/sessions")
async def end_sessions(customer_id: CustomerId, call: CallDep) -> EndedSessionsView:
    """Sign a customer out everywhere."""
    return await sessions.end_sessions_of_customer(customer_id, call)
