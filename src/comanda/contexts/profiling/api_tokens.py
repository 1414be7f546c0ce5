"""API tokens: made by whoever has signed in, for programs that act for them, for nothing they may not do themselves."""

from collections.abc import Sequence
from datetime import timedelta

import asyncpg

from comanda.contexts.profiling import api_token_store, staff_store
from comanda.contexts.profiling.account import Kind, Standing
from comanda.contexts.profiling.api_token_store import KeptToken
from comanda.contexts.profiling.contract.events import ApiTokenAdded, ApiTokenRevoked
from comanda.contexts.profiling.contract.views import ApiTokenOwnerView, ApiTokenView, NewApiTokenView
from comanda.contexts.profiling.errors import ApiTokenNotFound, BeyondOwnRights, SessionOver, TooManyApiTokens
from comanda.contexts.profiling.requests import NewApiToken
from comanda.contexts.profiling.roles import ALL, check_permissions
from comanda.kernel.ids import new_id
from comanda.messaging.service import Call, Service
from comanda.platform.api_tokens import hash_of, new_token
from comanda.platform.auth import Principal

MOST = 50
"""Tokens that one account may have."""


async def add(wanted: NewApiToken, call: Call) -> NewApiTokenView:
    """A new token, which is answered this once. Raises BeyondOwnRights, UnknownPermission, TooManyApiTokens."""
    owner = call.principal.id or ""
    kind: Kind = "customer" if call.principal.role == "customer" else "staff"
    role = wanted.role or kind
    check_permissions(wanted.permissions)
    _check_rights(role, wanted.permissions, call.principal)
    secret = new_token()
    async with call.begin() as work:
        if await api_token_store.count(work.connection, owner) >= MOST:
            raise TooManyApiTokens(MOST)
        token = ApiTokenView(
            id=new_id(),
            owner=owner,
            name=wanted.name,
            role=role,
            permissions=sorted(set(wanted.permissions)),
            created_at=work.now,
            expires_at=work.now + timedelta(days=wanted.expires_in_days),
            last_used_at=None,
        )
        try:
            await api_token_store.add(work.connection, token, kind, owner, hash_of(secret))
        except asyncpg.ForeignKeyViolationError as error:  # the account is gone, the access token was still good
            raise SessionOver from error
        work.publish(
            ApiTokenAdded(
                token_id=token.id,
                owner_id=owner,
                role=role,
                permissions=token.permissions,
                expires_at=token.expires_at,
            )
        )
    return NewApiTokenView(**token.model_dump(), token=secret)


async def rename(token_id: str, name: str, call: Call) -> ApiTokenView:
    """One's own token under another name. Raises ApiTokenNotFound."""
    owner = call.principal.id or ""
    async with call.begin() as work:
        if not await api_token_store.rename(work.connection, token_id, owner, name):
            raise ApiTokenNotFound
    return await find(token_id, call)


async def list_of(owner: str | None, call: Call) -> list[ApiTokenView]:
    """One's own tokens; an admin may see somebody else's. Raises BeyondOwnRights."""
    if owner not in (None, call.principal.id) and call.principal.role != "admin":
        raise BeyondOwnRights
    async with call.service.database.acquire() as connection:
        return await api_token_store.list_of(connection, owner or call.principal.id or "")


async def find(token_id: str, call: Call) -> ApiTokenView:
    """One token: one's own, an admin anybody's. Raises ApiTokenNotFound."""
    async with call.service.database.acquire() as connection:
        found = await api_token_store.read(connection, token_id, _whose(call.principal))
    if found is None:
        raise ApiTokenNotFound
    return found


async def revoke(token_id: str, call: Call) -> None:
    """End a token: one's own, an admin anybody's. It is refused everywhere within seconds. Raises ApiTokenNotFound."""
    async with call.begin() as work:
        owner = await api_token_store.remove(work.connection, token_id, _whose(call.principal))
        if owner is None:
            raise ApiTokenNotFound
        work.publish(ApiTokenRevoked(token_id=token_id, owner_id=owner))


async def introspect(token: str, service: Service) -> ApiTokenOwnerView:
    """Who a token stands for at present: never more than its owner may by now. Raises ApiTokenNotFound."""
    async with service.database.acquire() as connection:
        kept = await api_token_store.use(connection, hash_of(token), service.clock())
        if kept is None:
            raise ApiTokenNotFound
        if kept.kind == "customer":
            return ApiTokenOwnerView(role="customer", id=kept.owner, permissions=[])
        standing = await staff_store.standing(connection, kept.owner)
    if standing is None:
        raise ApiTokenNotFound
    return _narrowed(kept, standing)


def _check_rights(role: str, permissions: Sequence[str], creator: Principal) -> None:
    """Nobody makes a token for more than they may. Raises BeyondOwnRights."""
    if role != creator.role and creator.role != "admin":
        raise BeyondOwnRights
    if role != "staff" and permissions:
        raise BeyondOwnRights
    if role == "customer" and creator.role != "customer":
        raise BeyondOwnRights
    if not all(creator.may(permission) for permission in permissions):
        raise BeyondOwnRights


def _narrowed(kept: KeptToken, standing: Standing) -> ApiTokenOwnerView:
    """What the token was made for, as far as its owner still may it."""
    if kept.role == "admin" and standing.admin:
        return ApiTokenOwnerView(role="admin", id=kept.owner, permissions=[])
    wanted = {ALL} if kept.role == "admin" else set(kept.permissions)
    if standing.admin or ALL in standing.permissions:
        allowed = wanted
    elif ALL in wanted:
        allowed = set(standing.permissions)
    else:
        allowed = wanted & standing.permissions
    return ApiTokenOwnerView(role="staff", id=kept.owner, permissions=sorted(allowed))


def _whose(principal: Principal) -> str | None:
    return None if principal.role == "admin" else principal.id
