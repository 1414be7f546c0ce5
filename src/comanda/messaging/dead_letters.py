"""Events that a consumer could not handle, parked with their subject so that everything else goes on.

A subject's later events park behind its first letter, in order, until an operator replays or discards them. Those that
undo an order overtake: an order that is over must not hold stock or money because of a letter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comanda.messaging import log
from comanda.messaging.log import Connection
from comanda.messaging.recorded import Recorded

OVERTAKING = frozenset(
    {
        "comanda.ordering.OrderCancelRequested.v1",
        "comanda.ordering.OrderCanceled.v1",
        "comanda.ordering.OrderFailed.v1",
    }
)

_LETTER = """
    select id, consumer, era, position, type, subject, time, trace, actor, data, personal, reason, status,
        parked_at, settled_at, settled_by
    from messaging.dead_letters
"""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A parked event: what it is, why it parked, and what became of it (`parked`, `replayed`, `discarded`)."""

    id: str
    consumer: str
    era: int
    position: int
    type: str
    subject: str
    time: datetime
    trace: str | None
    actor: str | None
    data: str
    personal: str | None
    reason: str
    status: str
    parked_at: datetime
    settled_at: datetime | None
    settled_by: str | None

    def recorded(self) -> Recorded:
        """The event as its consumer would have read it."""
        return log.decode(
            self.position, self.type, self.subject, self.time, self.trace, self.actor, self.data, self.personal
        )


async def lock_parked(connection: Connection, consumer: str, subjects: Iterable[str]) -> set[str]:
    """Which of the subjects are parked; their rows are locked until the transaction ends."""
    rows = await connection.fetch(
        """
        select subject
        from messaging.parked_subjects
        where consumer = $1
        and subject = any ($2::text[])
        order by subject
        for update
        """,
        consumer,
        list(subjects),
    )
    return {row["subject"] for row in rows}


async def parked_subjects(connection: Connection, consumer: str) -> set[str]:
    """All parked subjects of a consumer."""
    rows = await connection.fetch("select subject from messaging.parked_subjects where consumer = $1", consumer)
    return {row["subject"] for row in rows}


async def park(connection: Connection, consumer: str, era: int, letters: Sequence[tuple[Recorded, str]]) -> None:
    """Write letters, taken word for word from the log, and park their subjects."""
    if not letters:
        return
    await connection.execute(
        """
        insert into messaging.parked_subjects (consumer, subject)
        select distinct $1::text, subject
        from unnest($2::text[]) as parked (subject)
        order by 2
        on conflict do nothing
        """,
        consumer,
        [recorded.subject for recorded, _ in letters],
    )
    await connection.execute(
        """
        insert into messaging.dead_letters
            (consumer, era, position, type, subject, time, trace, actor, data, personal, reason)
        select $1, log.era, log.position, log.type, log.subject, log.time, log.trace, log.actor,
            log.data::text, log.personal::text, parked.reason
        from unnest($3::bigint[], $4::text[]) as parked (position, reason)
        join messaging.log on log.era = $2 and log.position = parked.position
        order by log.position
        on conflict (consumer, era, position) do nothing
        """,
        consumer,
        era,
        [recorded.position for recorded, _ in letters],
        [reason for _, reason in letters],
    )


async def list_letters(
    connection: Connection,
    *,
    consumer: str | None = None,
    status: str | None = "parked",
    subject: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[DeadLetter]:
    """Letters, newest first."""
    rows = await connection.fetch(
        _LETTER
        + """
        where ($1::text is null or consumer = $1)
        and ($2::text is null or status = $2)
        and ($3::text is null or subject = $3)
        and ($4::uuid is null or id < $4)
        order by id desc
        limit $5
        """,
        consumer,
        status,
        subject,
        before,
        limit,
    )
    return [_letter(row) for row in rows]


async def get_letter(connection: Connection, letter_id: str) -> DeadLetter | None:
    """One letter."""
    row = await connection.fetchrow(_LETTER + "where id = $1", letter_id)
    return _letter(row) if row else None


async def letters_of_subject(connection: Connection, consumer: str, subject: str) -> list[DeadLetter]:
    """The parked letters of one subject in log order; the parked-subject row is locked first."""
    await lock_parked(connection, consumer, [subject])
    rows = await connection.fetch(
        _LETTER + "where consumer = $1 and subject = $2 and status = 'parked' order by era, position",
        consumer,
        subject,
    )
    return [_letter(row) for row in rows]


async def settle(connection: Connection, letters: Sequence[DeadLetter], status: str, by: str) -> None:
    """Mark letters replayed or discarded, and free subjects that have none left."""
    await connection.execute(
        """
        update messaging.dead_letters
        set status = $2, settled_at = clock_timestamp(), settled_by = $3
        where id = any ($1::uuid[])
        and status = 'parked'
        """,
        [letter.id for letter in letters],
        status,
        by,
    )
    await connection.execute(
        """
        delete from messaging.parked_subjects parked
        where consumer = $1
        and subject = any ($2::text[])
        and not exists (
            select 1
            from messaging.dead_letters letter
            where letter.consumer = parked.consumer
            and letter.subject = parked.subject
            and letter.status = 'parked'
        )
        """,
        letters[0].consumer,
        [letter.subject for letter in letters],
    )


def _letter(row: Any) -> DeadLetter:
    return DeadLetter(**dict(row))
