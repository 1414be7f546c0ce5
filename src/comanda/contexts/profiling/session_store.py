"""Profiling's SQL on sessions and their refresh tokens. Tokens are kept as hashes: they cannot be read back."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from comanda.messaging.log import Connection
from comanda.platform.auth import Role


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in. Whoever holds its newest refresh token can go on until it expires or is revoked."""

    id: str
    role: Role
    subject: str
    expires_at: datetime
    user_agent: str = ""
    revoked: bool = False
    token_used: bool = False


async def add_session(connection: Connection, session: Session, now: datetime, token: str) -> None:
    """Write a session with its first refresh token."""
    await connection.execute(
        """
        with added as (
            insert into sessions (id, role, subject, created_at, last_used_at, expires_at, user_agent)
            values ($1, $2, $3, $4, $4, $5, $7)
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
        session.user_agent,
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
        ),
        seen as (
            update sessions
            set last_used_at = $4
            where id = $3
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


async def revoke_all(connection: Connection, subject: str, now: datetime, but: str | None = None) -> int:
    """End all of an account's sessions, but for one; how many there were."""
    ended = await connection.fetch(
        """
        update sessions
        set revoked_at = $2
        where subject = $1
        and revoked_at is null
        and expires_at > $2
        and id is distinct from $3
        returning id
        """,
        subject,
        now,
        but,
    )
    return len(ended)


async def open_sessions(connection: Connection, subject: str, now: datetime) -> Sequence[asyncpg.Record]:
    """An account's sessions that have not ended, the newest first."""
    rows: Sequence[asyncpg.Record] = await connection.fetch(
        """
        select id, user_agent, created_at, coalesce(last_used_at, created_at) as last_used_at, expires_at
        from sessions
        where subject = $1
        and revoked_at is null
        and expires_at > $2
        order by created_at desc, id desc
        limit 200
        """,
        subject,
        now,
    )
    return rows


async def forget_old(connection: Connection, before: datetime) -> None:
    """Drop sessions that expired before."""
    await connection.execute("delete from sessions where expires_at < $1", before)


def _hash(token: str) -> bytes:
    """Refresh tokens have 256 random bits: a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()
