"""Calls to the outside, as intents: written with the facts they follow from, called by a worker, recorded with events.

A use case or a reaction writes an intent in its own transaction. The worker (`intent_worker.py`) then

1. takes a lease, with an epoch, in a transaction of its own, which also fixes what will be asked;
2. calls, with a key that is the same for every try, holding neither a lock nor a transaction;
3. records the answer and its events in one transaction, if the epoch is still its own: a worker that was stopped
   past its lease wakes up as a zombie, and what it heard is dropped.

An intent stays until its outcome is known; a call that fails has an unknown outcome and is made again after a while.
Calls about one subject are made one at a time, in the order in which their intents were written, so whoever writes
intents locks their subject first. Leases and waits go by the database's clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from comanda.messaging.log import Connection

TABLE = """
    create table intents (
        id bigint generated always as identity (cache 1) primary key,
        subject text collate "C" not null,
        kind text not null,
        reference text not null default '',
        due_at timestamptz not null default clock_timestamp(),
        leased_until timestamptz,
        epoch int not null default 0,
        attempts int not null default 0,
        problem text not null default '',
        trace text not null default '',
        actor text,
        created_at timestamptz not null default clock_timestamp()
    ) with (fillfactor = 70);
    create index intents_due on intents (due_at);
    create index intents_subject on intents (subject, id);
    comment on table intents is 'calls to the outside that are still to be made or settled';
    comment on column intents.epoch is 'counts the leases; a result is recorded only under the one it was got under';
"""


@dataclass(frozen=True, slots=True)
class NewIntent:
    """A call to make: what it is about, what kind of call, and which one (a refund's id …).

    `trace` and `actor` go into the events that record its outcome.
    """

    subject: str
    kind: str
    reference: str = ""
    trace: str = ""
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """A call that is due, or leased. `attempts` counts the calls begun before this one."""

    id: int
    subject: str
    kind: str
    reference: str
    epoch: int
    attempts: int
    trace: str
    actor: str | None


async def write(connection: Connection, calls: Sequence[NewIntent]) -> None:
    """Write intents, due at once, in the caller's transaction. Their subjects are locked by the caller."""
    if calls:
        await connection.execute(
            """
            insert into intents (subject, kind, reference, trace, actor)
            select subject, kind, reference, trace, actor
            from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
                as call (subject, kind, reference, trace, actor)
            """,
            [call.subject for call in calls],
            [call.kind for call in calls],
            [call.reference for call in calls],
            [call.trace for call in calls],
            [call.actor for call in calls],
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


async def hurry(connection: Connection, subjects: Sequence[str], kind: str) -> set[str]:
    """Have the intents of a kind called without further waiting. Answers the subjects that have one."""
    rows = await connection.fetch(
        """
        update intents
        set due_at = least(due_at, clock_timestamp())
        where subject = any ($1::text[])
        and kind = $2
        returning subject
        """,
        subjects,
        kind,
    )
    return {row["subject"] for row in rows}


async def due(connection: Connection, limit: int) -> list[Intent]:
    """What may be called now: the first intent of each subject, unless it waits or is leased."""
    rows = await connection.fetch(
        """
        select id, subject, kind, reference, epoch, attempts, trace, actor
        from intents
        where due_at <= clock_timestamp()
        and (leased_until is null or leased_until <= clock_timestamp())
        and not exists (
            select 1
            from intents earlier
            where earlier.subject = intents.subject
            and earlier.id < intents.id
        )
        order by due_at
        limit $1
        """,
        limit,
    )
    return [Intent(*row) for row in rows]


async def lease(connection: Connection, intents: Sequence[Intent], seconds: float) -> list[Intent]:
    """Take leases on intents that nobody has leased since they were read. Answers them with their new epochs."""
    rows = await connection.fetch(
        """
        update intents
        set epoch = intents.epoch + 1, attempts = attempts + 1,
            leased_until = clock_timestamp() + make_interval(secs => $3)
        from unnest($1::bigint[], $2::int[]) as seen (id, epoch)
        where intents.id = seen.id
        and intents.epoch = seen.epoch
        returning intents.id, subject, kind, reference, intents.epoch, attempts - 1, trace, actor
        """,
        [intent.id for intent in intents],
        [intent.epoch for intent in intents],
        seconds,
    )
    return sorted((Intent(*row) for row in rows), key=lambda intent: intent.id)


async def holds(connection: Connection, intent: Intent) -> bool:
    """Whether a lease is still its taker's. Its row is locked until the transaction ends."""
    return bool(
        await connection.fetchval(
            "select true from intents where id = $1 and epoch = $2 for update", intent.id, intent.epoch
        )
    )


async def finish(connection: Connection, done: Sequence[Intent]) -> None:
    """The outcomes are known, or not wanted: the intents are dropped."""
    if done:
        await connection.execute(
            """
            delete from intents
            using unnest($1::bigint[], $2::int[]) as done (id, epoch)
            where intents.id = done.id
            and intents.epoch = done.epoch
            """,
            [intent.id for intent in done],
            [intent.epoch for intent in done],
        )


async def postpone(connection: Connection, intent: Intent, seconds: float, problem: str) -> None:
    """Give a lease back; the call is made again after a while."""
    await connection.execute(
        """
        update intents
        set leased_until = null, due_at = clock_timestamp() + make_interval(secs => $3), problem = $4
        where id = $1
        and epoch = $2
        """,
        intent.id,
        intent.epoch,
        seconds,
        problem[:500],
    )
