"""Profiling's routes about API tokens."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from comanda.contexts.profiling import api_tokens
from comanda.contexts.profiling.contract.views import ApiTokenOwnerView, ApiTokenView, NewApiTokenView
from comanda.contexts.profiling.requests import ApiTokenChanges, NewApiToken, ShownApiToken
from comanda.messaging.service import CallDep
from comanda.platform.http.access import ANYONE, SESSION, AccessTable
from comanda.platform.http.fields import NO_NUL
from comanda.platform.http.pages import Page
from comanda.platform.http.routing import CheckedRoute

API_TOKEN_ACCESS: AccessTable = {
    "GET /api-tokens": SESSION,
    "POST /api-tokens": SESSION,
    "POST /api-tokens/introspect": ANYONE,
    "GET /api-tokens/{token_id}": SESSION,
    "PATCH /api-tokens/{token_id}": SESSION,
    "DELETE /api-tokens/{token_id}": SESSION,
}

router = APIRouter(route_class=CheckedRoute, tags=["tokens"])

TokenId = Annotated[str, Path(max_length=50, pattern=NO_NUL)]


@router.get("/api-tokens")
async def list_api_tokens(
    call: CallDep,
    owner: Annotated[
        str | None, Query(max_length=50, pattern=NO_NUL, description="For admins: somebody else's account.")
    ] = None,
) -> Page[ApiTokenView]:
    """One's own API tokens, the oldest first."""
    return Page(items=await api_tokens.list_of(owner, call))


@router.post("/api-tokens", status_code=201)
async def add_api_token(body: NewApiToken, call: CallDep) -> NewApiTokenView:
    """Make an API token for a program. It is shown this once, and allows no more than its owner may."""
    return await api_tokens.add(body, call)


@router.post("/api-tokens/introspect")
async def introspect_api_token(body: ShownApiToken, call: CallDep) -> ApiTokenOwnerView:
    """Who an API token stands for: services ask this when they are shown one."""
    return await api_tokens.introspect(body.token, call.service)


@router.get("/api-tokens/{token_id}")
async def read_api_token(token_id: TokenId, call: CallDep) -> ApiTokenView:
    """One API token, but for the token itself."""
    return await api_tokens.find(token_id, call)


@router.patch("/api-tokens/{token_id}")
async def rename_api_token(token_id: TokenId, body: ApiTokenChanges, call: CallDep) -> ApiTokenView:
    """Give one's own API token another name."""
    return await api_tokens.rename(token_id, body.name, call)


@router.delete("/api-tokens/{token_id}", status_code=204)
async def revoke_api_token(token_id: TokenId, call: CallDep) -> None:
    """End an API token, everywhere within seconds. Admins may end anybody's."""
    await api_tokens.revoke(token_id, call)
