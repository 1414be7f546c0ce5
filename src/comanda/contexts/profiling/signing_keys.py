"""The Ed25519 keys that tokens are signed with: made once, kept in profiling's schema, published as a JWKS.

The newest key without `not_after` signs. One that has it is still published, so that what it has signed stays
trusted until then: that is how keys are rotated. Tables are named with their schema, because the command line comes
here with a connection of its own.
"""

from collections.abc import Iterable
from typing import Any

import asyncpg
import msgspec
from joserfc.jwk import OKPKey

from comanda.kernel.ids import new_id
from comanda.platform.auth import ALGORITHM, Role, sign

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

_ONE_MAKES_THE_FIRST = "select pg_advisory_xact_lock(hashtext('comanda signing keys'))"


async def issue_token(
    connection: Connection, role: Role, subject: str | None, permissions: Iterable[str], lifetime_s: int
) -> str:
    """A bearer token for a principal. Makes the first signing key if there is none yet."""
    key = await signing_key(connection)
    return sign(key, role=role, subject=subject, permissions=frozenset(permissions), lifetime_s=lifetime_s)


async def signing_key(connection: Connection) -> OKPKey:
    """The key that signs now; the first one is made when it is asked for."""
    found = await _newest(connection)
    if found is not None:
        return found
    async with connection.transaction():
        await connection.execute(_ONE_MAKES_THE_FIRST)
        return await _newest(connection) or await _make(connection)


async def published_keys(connection: Connection) -> dict[str, Any]:
    """The public halves of all keys still trusted, as a JWKS document (RFC 7517)."""
    rows = await connection.fetch(
        """
        select private_jwk
        from profiling.signing_keys
        where not_after is null
        or not_after > clock_timestamp()
        order by created_at
        """
    )
    return {"keys": [_imported(row["private_jwk"]).as_dict(private=False) for row in rows]}


async def _newest(connection: Connection) -> OKPKey | None:
    found = await connection.fetchval(
        """
        select private_jwk
        from profiling.signing_keys
        where not_after is null
        order by created_at desc
        limit 1
        """
    )
    return None if found is None else _imported(found)


async def _make(connection: Connection) -> OKPKey:
    key = OKPKey.generate_key("Ed25519", {"kid": new_id(), "use": "sig", "alg": ALGORITHM})
    await connection.execute(
        "insert into profiling.signing_keys (kid, private_jwk) values ($1, $2)",
        key.kid,
        msgspec.json.encode(key.as_dict(private=True)).decode(),
    )
    return key


def _imported(private_jwk: str) -> OKPKey:
    return OKPKey.import_key(msgspec.json.decode(private_jwk))
