"""The Ed25519 keys that tokens are signed with: kept in profiling's schema, published as a JWKS, changed in time.

A new key is published some minutes before it signs, so that everybody knows it by then. The one before it stays
published until the last token that it has signed is over. Tables are named with their schema, because the command line
comes here with a connection of its own.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
from joserfc.jwk import OKPKey

from comanda.kernel.ids import new_id
from comanda.platform.auth import ALGORITHM, Role, sign

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

LEAD = timedelta(minutes=10)
"""How long a key is published before it signs: twice as long as any verifier waits before it looks again."""

LONGEST_SESSION_TOKEN = timedelta(days=1)
"""The most that the setting profiling.access_token_minutes allows."""


async def issue_token(
    connection: Connection, role: Role, subject: str | None, permissions: Iterable[str], lifetime_s: int
) -> str:
    """A bearer token for a principal, however long it is to live. Makes the first signing key if there is none yet."""
    key = await signing_key(connection)
    if lifetime_s > LONGEST_SESSION_TOKEN.total_seconds():
        await connection.execute(_LIVES_LONG, key.kid, timedelta(seconds=lifetime_s))
    return sign(key, role=role, subject=subject, permissions=frozenset(permissions), lifetime_s=lifetime_s)


async def signing_key(connection: Connection) -> OKPKey:
    """The key that signs now; the first one is made when it is asked for."""
    found = await _newest(connection)
    if found is not None:
        return found
    async with connection.transaction():
        await connection.execute(_ONE_AT_A_TIME)
        return await _newest(connection) or await _make(connection, timedelta())


async def rotate(connection: Connection, *, revoke: bool = False) -> str:
    """Make a key that signs in some minutes, and say when the others end; its kid. Inside a transaction.

    `revoke`: the new one signs at once, and the others are not trusted any more, nor any token they have signed.
    """
    await connection.execute(_ONE_AT_A_TIME)
    key = await _make(connection, timedelta() if revoke else LEAD)
    await connection.execute(_REVOKE if revoke else _RETIRE, key.kid, LONGEST_SESSION_TOKEN)
    return str(key.kid)


async def rotate_when_older(connection: Connection, age: timedelta) -> str | None:
    """Rotate when the newest key has signed for so long; its kid if so. Inside a transaction."""
    await connection.execute(_ONE_AT_A_TIME)
    young = await connection.fetchval(
        "select true from profiling.signing_keys where signs_from > clock_timestamp() - $1::interval limit 1", age
    )
    return None if young else await rotate(connection)


async def forget_old(connection: Connection) -> None:
    """Drop keys that have not been trusted for a day."""
    await connection.execute(
        "delete from profiling.signing_keys where not_after < clock_timestamp() - interval '1 day'"
    )


async def list_keys(connection: Connection) -> Sequence[asyncpg.Record]:
    """The keys that are published, the newest first, and which of them signs."""
    rows: Sequence[asyncpg.Record] = await connection.fetch(
        """
        select kid, created_at, signs_from, not_after as trusted_until,
            signs_from <= clock_timestamp()
            and signs_from = (
                select max(signs_from)
                from profiling.signing_keys
                where signs_from <= clock_timestamp()
                and (not_after is null or not_after > clock_timestamp())
            ) as signs
        from profiling.signing_keys
        where not_after is null
        or not_after > clock_timestamp()
        order by signs_from desc
        """
    )
    return rows


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
        where signs_from <= clock_timestamp()
        and (not_after is null or not_after > clock_timestamp())
        order by signs_from desc
        limit 1
        """
    )
    return None if found is None else _imported(found)


async def _make(connection: Connection, lead: timedelta) -> OKPKey:
    key = OKPKey.generate_key("Ed25519", {"kid": new_id(), "use": "sig", "alg": ALGORITHM})
    await connection.execute(
        """
        insert into profiling.signing_keys (kid, private_jwk, signs_from)
        values ($1, $2, clock_timestamp() + $3::interval)
        """,
        key.kid,
        msgspec.json.encode(key.as_dict(private=True)).decode(),
        lead,
    )
    return key


def _imported(private_jwk: str) -> OKPKey:
    return OKPKey.import_key(msgspec.json.decode(private_jwk))


_ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('comanda signing keys'))"

_LIVES_LONG = """
    update profiling.signing_keys
    set tokens_until = greatest(tokens_until, clock_timestamp() + $2::interval),
        not_after = case when not_after is not null then greatest(not_after, clock_timestamp() + $2::interval) end
    where kid = $1
    and (not_after is null or not_after > clock_timestamp())
"""

_RETIRE = """
    update profiling.signing_keys as old
    set not_after = greatest(old.tokens_until, new.signs_from + $2::interval)
    from profiling.signing_keys as new
    where new.kid = $1
    and old.kid <> $1
    and old.not_after is null
"""

_REVOKE = """
    update profiling.signing_keys
    set not_after = clock_timestamp()
    where kid <> $1
    and (not_after is null or not_after > clock_timestamp())
    and $2::interval is not null
"""
