"""Profiling's SQL on sessions and their refresh tokens. Tokens are kept as hashes: they cannot be read back."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from comanda.messaging.log import Connection
from comanda.platform.auth import Role


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in. Whoever holds its newest refresh token can go on until it expires or is revoked."""

    id: str
    role: Role
    subject: str
    expires_at: datetime
    revoked: bool = False
    token_used: bool = False


async def add_session(connection: Connection, session: Session, now: datetime, token: str) -> None:
    """Write a session with its first refresh token."""
    await connection.execute(
        """
        with added as (
            insert into sessions (id, role, subject, created_at, expires_at)
            values ($1, $2, $3, $4, $5)
        )
        insert into refresh_tokens (hash, session_id, created_at)
        values ($6, $1, $4)
        """,
        session.id,
        session.role,
        session.subject,
        now,
        session.expires_at,
        _hash(token),
    )


async def lock_session_of(connection: Connection, token: str) -> Session | None:
    """The session that a refresh token belongs to, locked, and whether that token was used before."""
    row = await connection.fetchrow(
        """
        select session.id, session.role, session.subject, session.expires_at,
            session.revoked_at is not null as revoked
        from sessions session
        join refresh_tokens token on token.session_id = session.id
        where token.hash = $1
        for update of session
        """,
        _hash(token),
    )
    if row is None:
        return None
    used = await connection.fetchval("select used_at is not null from refresh_tokens where hash = $1", _hash(token))
    return Session(**dict(row), token_used=used is not False)


async def exchange_token(connection: Connection, session: Session, now: datetime, old: str, new: str) -> None:
    """Mark a refresh token used, and write the one that follows it."""
    await connection.execute(
        """
        with used as (
            update refresh_tokens
            set used_at = $4
            where hash = $1
        )
        insert into refresh_tokens (hash, session_id, created_at)
        values ($2, $3, $4)
        """,
        _hash(old),
        _hash(new),
        session.id,
        now,
    )


async def revoke(connection: Connection, session_id: str, subject: str | None, now: datetime) -> bool:
    """End a session with all its refresh tokens; whether it was there and the subject's."""
    found = await connection.fetchval(
        """
        update sessions
        set revoked_at = coalesce(revoked_at, $3)
        where id = $1
        and subject is not distinct from $2
        returning true
        """,
        session_id,
        subject,
        now,
    )
    return found is True


async def forget_old(connection: Connection, before: datetime) -> None:
    """Drop sessions that expired before."""
    await connection.execute("delete from sessions where expires_at < $1", before)


def _hash(token: str) -> bytes:
    """Refresh tokens have 256 random bits: a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()
