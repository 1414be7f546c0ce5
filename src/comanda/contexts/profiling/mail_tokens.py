"""One-time tokens that go out by mail. They are kept as hashes: they cannot be read back."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal, NamedTuple

from comanda.messaging.log import Connection

Purpose = Literal["password_reset", "email_change"]

LIFETIME = timedelta(hours=1)


class MailToken(NamedTuple):
    """What a token allows: to whom, and for a change of e-mail to which one."""

    customer_id: str
    email: str | None


async def issue(
    connection: Connection, purpose: Purpose, customer_id: str, now: datetime, email: str | None = None
) -> str:
    """A new token of 256 random bits, good for an hour and one use."""
    token = secrets.token_urlsafe(32)
    await connection.execute(
        """
        insert into mail_tokens (hash, purpose, customer_id, email, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6)
        """,
        _hash(token),
        purpose,
        customer_id,
        email,
        now,
        now + LIFETIME,
    )
    return token


async def is_good(connection: Connection, purpose: Purpose, token: str, now: datetime) -> bool:
    """Whether a token could be used now."""
    found = await connection.fetchval(
        "select true from mail_tokens where hash = $1 and purpose = $2 and expires_at > $3", _hash(token), purpose, now
    )
    return found is True


async def use(connection: Connection, purpose: Purpose, token: str, now: datetime) -> MailToken | None:
    """Use a token up: of many who try at once one gets it. None for one that is unknown, used or expired."""
    row = await connection.fetchrow(
        """
        delete from mail_tokens
        where hash = $1
        and purpose = $2
        and expires_at > $3
        returning customer_id, email
        """,
        _hash(token),
        purpose,
        now,
    )
    return None if row is None else MailToken(*row)


async def void(connection: Connection, customer_id: str) -> None:
    """None of the customer's tokens is good any more."""
    await connection.execute("delete from mail_tokens where customer_id = $1", customer_id)


async def forget_old(connection: Connection, now: datetime) -> None:
    """Drop those that were never used."""
    await connection.execute("delete from mail_tokens where expires_at <= $1", now)


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
