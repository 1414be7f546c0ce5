"""Calls to the outside, as intents: written with the facts they follow from, called by a worker, recorded with events.

A use case or a reaction writes an intent in its own transaction. The worker then

1. takes a lease, with an epoch, in a transaction of its own, which also fixes what will be asked;
2. calls, with a key that is the same for every try, holding neither a lock nor a transaction;
3. records the answer and its events in one transaction, if the epoch is still its own: a worker that was stopped
   past its lease wakes up as a zombie, and what it heard is dropped.

An intent stays until its outcome is known; a call that fails has an unknown outcome and is made again after a while.
Calls about one subject are made one at a time, in the order in which their intents were written, so whoever writes
intents locks their subject first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from comanda.messaging.log import Connection

TABLE = """
    create table intents (
        id bigint generated always as identity (cache 1) primary key,
        subject text collate "C" not null,
        kind text not null,
        reference text not null default '',
        due_at timestamptz not null,
        leased_until timestamptz,
        epoch int not null default 0,
        attempts int not null default 0,
        problem text not null default '',
        created_at timestamptz not null default clock_timestamp()
    ) with (fillfactor = 70);
    create index intents_subject on intents (subject, id);
    comment on table intents is 'calls to the outside that are still to be made or settled';
    comment on column intents.epoch is 'who leased last; a result is recorded only by its owner';
"""

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NewIntent:
    """A call to make: what it is about, what kind of call, and which one (a refund's id …)."""

    subject: str
    kind: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """A call that is due, or leased. `attempts` counts the calls begun; after the first the outcome may be unknown."""

    id: int
    subject: str
    kind: str
    reference: str
    epoch: int
    attempts: int


async def write(connection: Connection, calls: Sequence[NewIntent], now: datetime) -> None:
    """Write intents, due at once, in the caller's transaction. Their subjects are locked by the caller."""
    if calls:
        await connection.execute(
            """
            insert into intents (subject, kind, reference, due_at)
            select subject, kind, reference, $4
            from unnest($1::text[], $2::text[], $3::text[]) as call (subject, kind, reference)
            """,
            [call.subject for call in calls],
            [call.kind for call in calls],
            [call.reference for call in calls],
            now,
        )


async def withdraw(connection: Connection, subjects: Sequence[str], kind: str) -> None:
    """Drop intents of a kind that no lease has ever held; the others may have been called."""
    await connection.execute(
        """
        delete from intents
        where subject = any ($1::text[])
        and kind = $2
        and attempts = 0
        """,
        subjects,
        kind,
    )


async def hurry(connection: Connection, subjects: Sequence[str], kind: str, now: datetime) -> list[str]:
    """Have the intents of a kind called without further waiting. Answers the subjects that have none."""
    rows = await connection.fetch(
        """
        update intents
        set due_at = least(due_at, $3)
        where subject = any ($1::text[])
        and kind = $2
        returning subject
        """,
        subjects,
        kind,
        now,
    )
    hurried = {row["subject"] for row in rows}
    return [subject for subject in subjects if subject not in hurried]
