"""Idempotency keys: the same request sent again gets the same answer and has no second effect.

The key's row is written in the transaction of its effect, so there is no lease to outlive a crash: after a failure
either both are there or neither. A twin waits for the row and meets the lock timeout if the first takes too long.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from comanda.kernel.errors import Conflict, Invalid

KEPT_HOURS = 24
PIECE = 5_000
LONGEST_KEY = 255

TABLE = """
    create table idempotency_keys (
        scope text not null,
        key text collate "C" not null,
        hash bytea not null,
        status int not null default 0,
        answer text not null default '',
        created_at timestamptz not null default clock_timestamp(),
        primary key (scope, key)
    );
    create index idempotency_keys_age on idempotency_keys (created_at);
"""

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy


class KeyReused(Invalid):
    """The key was used before, for a different request."""

    code = "idempotency-key-reused"


class StillRunning(Conflict):
    """The first request with this key has not been answered yet."""

    code = "idempotency-key-in-use"


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What the first request with the key was answered."""

    status: int
    body: str


def request_hash(*parts: bytes) -> bytes:
    """A fingerprint of a request: method, path, body."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def check_key(key: str | None) -> None:
    """Raises Invalid for a key that cannot be kept."""
    if key is not None and not 1 <= len(key) <= LONGEST_KEY:
        raise Invalid(f"Idempotency-Key has 1 to {LONGEST_KEY} characters.")


async def claim(connection: Connection, scope: str, key: str, fingerprint: bytes) -> StoredAnswer | None:
    """Take a key in the current transaction. None: it is ours; else the answer given before.

    `scope` is the principal and the route. Raises KeyReused for another request under the same key, StillRunning
    when its first request is under way for longer than the lock timeout.
    """
    check_key(key)
    try:
        mine = await connection.fetchval(
            """
            insert into idempotency_keys (scope, key, hash)
            values ($1, $2, $3)
            on conflict (scope, key) do nothing
            returning true
            """,
            scope,
            key,
            fingerprint,
        )
    except asyncpg.LockNotAvailableError as error:
        raise StillRunning("A request with this Idempotency-Key is being worked on.") from error
    if mine:
        return None
    row = await connection.fetchrow(
        "select hash, status, answer from idempotency_keys where scope = $1 and key = $2", scope, key
    )
    if row is None:
        raise StillRunning("A request with this Idempotency-Key is being worked on.")
    if bytes(row["hash"]) != fingerprint:
        raise KeyReused("This Idempotency-Key was used for another request.")
    return StoredAnswer(row["status"], row["answer"])


async def store(connection: Connection, scope: str, key: str, answer: StoredAnswer) -> None:
    """Keep the answer beside the key, in the same transaction."""
    await connection.execute(
        "update idempotency_keys set status = $3, answer = $4 where scope = $1 and key = $2",
        scope,
        key,
        answer.status,
        answer.body,
    )


async def forget_answers(connection: Connection, people: Sequence[str], orders: Sequence[str] = ()) -> None:
    """Forget what was answered to or about these people and orders, by their ids; the keys stay.

    So nothing happens twice: a caller that sends such a key again is told that the answer is gone (410). Answers that
    are only an order's id say nothing of anybody.
    """
    await connection.execute(
        """
        update idempotency_keys stored
        set status = 410, answer = $3
        where length(stored.answer) > 50
        and stored.status <> 410
        and (
            exists (
                select
                from unnest($1::text[]) as person (id)
                where starts_with(stored.scope, 'customer:' || person.id || ':')
                or position('/customers/' || person.id || '/' in stored.scope || '/') > 0
                or position('"' || person.id || '"' in stored.answer) > 0
            )
            or case
                when stored.answer is json object
                then coalesce(stored.answer::json ->> 'order_id', stored.answer::json ->> 'about') = any ($2::text[])
            end
        )
        """,
        list(people),
        list(orders),
        _GONE,
    )


_GONE = (
    '{"type":"urn:comanda:problem:answer-forgotten","title":"Gone","status":410,'
    '"detail":"What this request was answered has been forgotten, with the person it was about."}'
)


async def forget_old(connection: Connection) -> int:
    """Forget up to `PIECE` keys that are older than a day; how many there were."""
    deleted = await connection.execute(
        """
        delete from idempotency_keys
        where (scope, key) in (
            select scope, key
            from idempotency_keys
            where created_at < clock_timestamp() - make_interval(hours => $1)
            order by created_at
            limit $2
            for update skip locked
        )
        """,
        KEPT_HOURS,
        PIECE,
    )
    return int(deleted.rpartition(" ")[2])
