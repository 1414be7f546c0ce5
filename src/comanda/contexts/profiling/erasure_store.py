"""Profiling's SQL on erasures, and on what the event log still says of those who were erased."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from comanda.messaging.log import Connection

PIECE = 1_000


@dataclass(frozen=True, slots=True)
class Erasure:
    """A tombstone. Without `erased_at` it was asked for and is not decided yet."""

    customer_id: str
    asked_at: datetime
    actor: str | None
    erased_at: datetime | None


async def find(connection: Connection, customer_id: str) -> Erasure | None:
    """The erasure of a customer."""
    row = await connection.fetchrow(
        "select customer_id, asked_at, actor, erased_at from erasures where customer_id = $1", customer_id
    )
    return None if row is None else Erasure(**dict(row))


async def ask(connection: Connection, customer_id: str, now: datetime, actor: str | None) -> None:
    """Write down that an erasure was asked for, so that it is decided even if nobody asks again."""
    await connection.execute(
        """
        insert into erasures (customer_id, asked_at, actor)
        values ($1, $2, $3)
        on conflict (customer_id) do nothing
        """,
        customer_id,
        now,
        actor,
    )


async def refuse(connection: Connection, customer_id: str) -> None:
    """It is decided: not now."""
    await connection.execute("delete from erasures where customer_id = $1 and erased_at is null", customer_id)


async def erase(connection: Connection, customer_id: str, now: datetime, actor: str | None) -> bool:
    """Remove all that profiling holds about a customer but the tombstone; whether that had not happened before."""
    fresh = await connection.fetchval(
        """
        insert into erasures as stored (customer_id, asked_at, actor, erased_at)
        values ($1, $2, $3, $2)
        on conflict (customer_id) do update
        set erased_at = excluded.erased_at
        where stored.erased_at is null
        returning true
        """,
        customer_id,
        now,
        actor,
    )
    await connection.execute("delete from customers where id = $1", customer_id)
    await end_sessions(connection, customer_id)
    return fresh is True


async def undecided(connection: Connection, before: datetime) -> list[Erasure]:
    """Erasures asked for before, of which nobody knows what became."""
    rows = await connection.fetch(
        """
        select customer_id, asked_at, actor, erased_at
        from erasures
        where erased_at is null
        and not log_done
        and asked_at < $1
        order by asked_at
        limit 100
        """,
        before,
    )
    return [Erasure(**dict(row)) for row in rows]


async def erased_since(connection: Connection, since: datetime) -> list[str]:
    """Who was erased not long ago: their tokens may not have run out."""
    rows = await connection.fetch("select customer_id from erasures where erased_at >= $1", since)
    return [row["customer_id"] for row in rows]


async def to_blank(connection: Connection) -> list[Erasure]:
    """The erased of whom the event log may still say something."""
    rows = await connection.fetch(
        """
        select customer_id, asked_at, actor, erased_at
        from erasures
        where erased_at is not null
        and not log_done
        order by asked_at
        limit 100
        """
    )
    return [Erasure(**dict(row)) for row in rows]


async def is_unread(connection: Connection, customer_id: str) -> bool:
    """Whether a consumer has still to read something personal about the customer, or that they were erased.

    A cursor that stands inside a window counts as if it had read nothing of it.
    """
    found: bool = await connection.fetchval(
        """
        select exists (
            select
            from messaging.log l
            join messaging.cursors c on l.type = any (c.types)
            where l.person = $1
            and (l.personal is not null or l.type = 'comanda.profiling.CustomerErased.v1')
            and l.era >= c.era
            and (l.era > c.era or not pg_visible_in_snapshot(l.xid, c.seen))
        )
        """,
        customer_id,
    )
    return found


async def blank_piece(connection: Connection, customer_id: str) -> int:
    """Blank what the log says of a customer, up to `PIECE` events, and its copies in letters; how many there were."""
    positions = await connection.fetch(
        """
        update messaging.log
        set personal = null
        where (era, position) in (
            select era, position
            from messaging.log
            where person = $1
            and personal is not null
            order by era, position
            limit $2
            for update
        )
        returning era, position
        """,
        customer_id,
        PIECE,
    )
    await connection.execute(
        """
        update messaging.dead_letters letter
        set personal = null
        from messaging.log event
        where event.person = $1
        and letter.era = event.era
        and letter.position = event.position
        and letter.personal is not null
        """,
        customer_id,
    )
    return len(positions)


async def end_sessions(connection: Connection, customer_id: str) -> None:
    """End what somebody began who had shown the right password just before the erasure."""
    await connection.execute("delete from sessions where subject = $1 and role = 'customer'", customer_id)


async def finish(connection: Connection, customer_id: str, now: datetime, wait: timedelta) -> None:
    """The log has forgotten, for good if the erasure is older than any transaction that could still publish."""
    await connection.execute(
        "update erasures set log_done = true where customer_id = $1 and erased_at < $2", customer_id, now - wait
    )
