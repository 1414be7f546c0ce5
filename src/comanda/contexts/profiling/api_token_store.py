"""Profiling's SQL on API tokens. They are kept as hashes: they cannot be read back."""

from datetime import datetime
from typing import NamedTuple

from comanda.contexts.profiling.account import Kind
from comanda.contexts.profiling.contract.views import ApiTokenView
from comanda.messaging.log import Connection


class KeptToken(NamedTuple):
    """A token that somebody shows, as it was made."""

    kind: Kind
    owner: str
    role: str
    permissions: list[str]


async def add(connection: Connection, token: ApiTokenView, kind: Kind, owner: str, hash: bytes) -> None:
    """Write a new token."""
    await connection.execute(
        """
        insert into api_tokens (
            id, hash, customer_id, staff_id, name, role, permissions, created_at, expires_at
        )
        values (
            $1, $2, case when $3 = 'customer' then $4 end, case when $3 = 'staff' then $4 end, $5, $6, $7, $8, $9
        )
        """,
        token.id,
        hash,
        kind,
        owner,
        token.name,
        token.role,
        token.permissions,
        token.created_at,
        token.expires_at,
    )


async def count(connection: Connection, owner: str) -> int:
    """How many tokens somebody has; nobody else adds one for them until the transaction ends."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended('comanda api tokens ' || $1, 0))", owner)
    found: int = await connection.fetchval("select count(*) from api_tokens where owner = $1", owner)
    return found


async def list_of(connection: Connection, owner: str) -> list[ApiTokenView]:
    """Somebody's tokens, the oldest first."""
    return [ApiTokenView(**dict(row)) for row in await connection.fetch(_LIST, owner)]


async def read(connection: Connection, token_id: str, owner: str | None) -> ApiTokenView | None:
    """A token; of anybody where `owner` is None."""
    row = await connection.fetchrow(_ONE, token_id, owner)
    return None if row is None else ApiTokenView(**dict(row))


async def rename(connection: Connection, token_id: str, owner: str, name: str) -> bool:
    """Give a token another name; whether it was there and theirs."""
    found = await connection.fetchval(
        "update api_tokens set name = $3 where id = $1 and owner = $2 returning true", token_id, owner, name
    )
    return found is True


async def remove(connection: Connection, token_id: str, owner: str | None) -> str | None:
    """Delete a token; whose it was."""
    found: str | None = await connection.fetchval(
        """
        delete from api_tokens
        where id = $1
        and ($2::text is null or owner = $2)
        returning owner
        """,
        token_id,
        owner,
    )
    return found


async def use(connection: Connection, hash: bytes, now: datetime) -> KeptToken | None:
    """A token that somebody shows, if it is still good; notes once a minute that it was used."""
    row = await connection.fetchrow(
        """
        with used as (
            update api_tokens
            set last_used_at = $2
            where hash = $1
            and expires_at > $2
            and (last_used_at is null or last_used_at < $2 - interval '1 minute')
        )
        select case when customer_id is null then 'staff' else 'customer' end as kind, owner, role, permissions
        from api_tokens
        where hash = $1
        and expires_at > $2
        """,
        hash,
        now,
    )
    return None if row is None else KeptToken(*row)


async def forget_old(connection: Connection, before: datetime) -> None:
    """Drop those that expired before."""
    await connection.execute("delete from api_tokens where expires_at < $1", before)


_LIST = """
    select id, owner, name, role, permissions, created_at, expires_at, last_used_at
    from api_tokens
    where owner = $1
    order by id
    limit 200
"""

_ONE = """
    select id, owner, name, role, permissions, created_at, expires_at, last_used_at
    from api_tokens
    where id = $1
    and ($2::text is null or owner = $2)
"""
