"""The event log in PostgreSQL: append, and read what one snapshot sees and the one before did not.

Positions are handed out before transactions commit, so reading on from the last position would skip whatever commits
late. A *window* between two snapshots has no such hole, and because a snapshot that sees a transaction sees everything
that transaction waited for, the events of one row come in the order in which the row was locked.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import asyncpg
import msgspec

from comanda.kernel.event import Event, registered
from comanda.messaging.recorded import Cursor, Outgoing, Recorded, Window, name_of

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

WINDOW_EVENTS = 5_000
WINDOW_BYTES = 16 * 1024 * 1024

_APPEND = """
    insert into messaging.log (type, subject, trace, actor, person, data, personal)
    select type, subject, trace, actor, person, data, personal
    from unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::json[], $7::json[])
        as event (type, subject, trace, actor, person, data, personal)
"""

_APPEND_AND_MOVE = """
    with moved as (
        update messaging.cursors
        set era = $9, seen = $10::text::pg_snapshot, upto = $11::text::pg_snapshot, position = $12, last = $13,
            n = n + 1, consumed = consumed + $15, applied = applied + $16, updated_at = clock_timestamp()
        where consumer = $8
        and n = $14
        returning 1
    ),
    appended as (
        insert into messaging.log (type, subject, trace, actor, person, data, personal)
        select type, subject, trace, actor, person, data, personal
        from moved, unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::json[], $7::json[])
            as event (type, subject, trace, actor, person, data, personal)
    )
    select count(*) from moved
"""

_OPEN_WINDOW = """
    select pg_current_snapshot()::text as upto, min(position) as low, max(position) as high, count(*) as n,
        coalesce(sum(size), 0) as bytes
    from (
        select position, pg_column_size(data) as size
        from messaging.log
        where era = $2
        and xid >= pg_snapshot_xmax($1::text::pg_snapshot)
        union all
        select position, pg_column_size(data)
        from messaging.log
        where era = $2
        and xid = any (array(select pg_snapshot_xip($1::text::pg_snapshot)))
    ) unread
"""

_BOUNDS = """
    select min(position) as low, max(position) as high, count(*) as n
    from (
        select position, xid
        from messaging.log
        where era = $3
        and xid >= pg_snapshot_xmax($1::text::pg_snapshot)
        union all
        select position, xid
        from messaging.log
        where era = $3
        and xid = any (array(select pg_snapshot_xip($1::text::pg_snapshot)))
    ) unread
    where pg_visible_in_snapshot(xid, $2::text::pg_snapshot)
"""

# The two functions leave the planner only the index on position; an `or` on xid would scan the log.
_READ = """
    select position, type, subject, time, trace, actor, data, personal
    from messaging.log
    where era = $5
    and position > $3
    and position <= $4
    and not pg_visible_in_snapshot(xid, $1::text::pg_snapshot)
    and pg_visible_in_snapshot(xid, $2::text::pg_snapshot)
    and rtrim(type, '0123456789') = any ($6::text[])
    order by position
"""

_CURSOR = """
    select consumer, era, seen::text as seen, upto::text as upto, position, last, n
    from messaging.cursors
    where consumer = $1
"""


class StaleCursor(Exception):
    """Another process moved the consumer's cursor: what was read is dropped, and the cursor is loaded again."""


class UnknownVersion(Exception):
    """The log holds a version of an event that this release does not know: the consumer must not pass it."""


async def append(connection: Connection, outgoing: Sequence[Outgoing]) -> None:
    """Write events into the log, in order, inside the caller's transaction."""
    if outgoing:
        await connection.execute(_APPEND, *_columns(outgoing))


async def append_and_move(
    connection: Connection, outgoing: Sequence[Outgoing], cursor: Cursor, *, consumed: int, applied: int
) -> None:
    """Write the events of a batch and move its consumer's cursor, in one statement, the last of the transaction.

    Raises StaleCursor when the cursor is no longer where the batch began: nothing may be committed then.
    """
    moved = await connection.fetchval(
        _APPEND_AND_MOVE,
        *_columns(outgoing),
        cursor.consumer,
        cursor.era,
        cursor.seen,
        cursor.upto,
        cursor.position,
        cursor.last,
        cursor.n,
        consumed,
        applied,
    )
    if moved != 1:
        raise StaleCursor(cursor.consumer)


async def load_cursor(connection: Connection, consumer: str) -> Cursor | None:
    """Where a consumer stands, or None when it has never read."""
    row = await connection.fetchrow(_CURSOR, consumer)
    return Cursor(**dict(row)) if row else None


async def create_cursor(
    connection: Connection, consumer: str, era: int, types: Sequence[str], *, snapshot: str
) -> Cursor:
    """A cursor for a new consumer of these types that has seen what `snapshot` sees.

    `counted`, as long as nothing that it asks for was there before: an audit can count then what it has consumed.
    """
    await connection.execute(
        """
        insert into messaging.cursors (consumer, era, seen, upto, position, last, types, counted)
        values (
            $1, $2, $3::text::pg_snapshot, $3::text::pg_snapshot, 0, 0, $4,
            not exists (
                select 1
                from messaging.log
                where type = any ($4::text[])
                and (era < $2 or pg_visible_in_snapshot(xid, $3::text::pg_snapshot))
            )
        )
        on conflict (consumer) do nothing
        """,
        consumer,
        era,
        snapshot,
        list(types),
    )
    cursor = await load_cursor(connection, consumer)
    assert cursor is not None
    return cursor


async def declare_types(connection: Connection, consumer: str, types: Sequence[str]) -> None:
    """Write down what a consumer asks for: an audit sees by it whether a consumer still has something to read.

    A newly asked type starts now, so what the consumer has consumed can no longer be counted from the log.
    """
    await connection.execute(
        """
        update messaging.cursors
        set types = $2, counted = counted and types @> $2::text[]
        where consumer = $1
        and types <> $2
        """,
        consumer,
        list(types),
    )


async def count_applied(connection: Connection, consumer: str, count: int) -> None:
    """Events of a consumer that had been parked have had their effect now."""
    await connection.execute("update messaging.cursors set applied = applied + $2 where consumer = $1", consumer, count)


async def current_snapshot(connection: Connection) -> str:
    """What is visible now, as text. Must be asked in autocommit, on the primary."""
    return str(await connection.fetchval("select pg_current_snapshot()::text"))


async def open_window(connection: Connection, seen: str, era: int, types: Sequence[str]) -> Window | None:
    """What has been committed since `seen`, decoded; None when there is nothing. Autocommit only."""
    bounds = await connection.fetchrow(_OPEN_WINDOW, seen, era)
    assert bounds is not None
    if bounds["n"] == 0:
        return None
    events: tuple[Recorded, ...] | None = None
    if bounds["n"] <= WINDOW_EVENTS and bounds["bytes"] <= WINDOW_BYTES:
        events = await read(connection, seen, bounds["upto"], bounds["low"] - 1, bounds["high"], era, types)
    return Window(seen, bounds["upto"], bounds["low"], bounds["high"], events, bounds["n"])


async def window_bounds(connection: Connection, seen: str, upto: str, era: int) -> tuple[int, int] | None:
    """First and last position of what `upto` sees and `seen` did not."""
    bounds = await connection.fetchrow(_BOUNDS, seen, upto, era)
    assert bounds is not None
    return (bounds["low"], bounds["high"]) if bounds["n"] else None


async def read(
    connection: Connection, seen: str, upto: str, after: int, until: int, era: int, types: Sequence[str]
) -> tuple[Recorded, ...]:
    """The events of a window after one position and up to another, in log order, decoded.

    Every version of the names asked for is read: one that this release does not know must not be passed over.
    """
    rows = await connection.fetch(_READ, seen, upto, after, until, era, [name_of(name) for name in types])
    return tuple(decode(*row) for row in rows)


def decode(
    position: int,
    type_name: str,
    subject: str,
    time: datetime,
    trace: str | None,
    actor: str | None,
    data: str,
    personal: str | None,
) -> Recorded:
    """One row of the log as an event; a row that cannot be decoded says why and parks where it was asked for."""
    trace_id = trace or ""
    decoders = _decoders().get(type_name)
    if decoders is None:
        return Recorded(position, type_name, subject, time, trace_id, actor, None, "unknown version", True)
    try:
        event = decoders[0].decode(data)
        if personal is not None and decoders[1] is not None:
            msgspec.structs.force_setattr(event, "personal", decoders[1].decode(personal))
    except msgspec.MsgspecError as error:
        return Recorded(position, type_name, subject, time, trace_id, actor, None, f"cannot be decoded: {error}")
    return Recorded(position, type_name, subject, time, trace_id, actor, event)


def encode(event: Event) -> tuple[str, str | None]:
    """The event's data and its personal part, each as JSON."""
    personal = getattr(event, "personal", None)
    if personal is None:
        return _encode(event).decode(), None
    return _encode(msgspec.structs.replace(event, personal=None)).decode(), _encode(personal).decode()


_encode = msgspec.json.Encoder().encode


def _columns(outgoing: Iterable[Outgoing]) -> tuple[list[Any], ...]:
    types, subjects, traces, actors, persons, datas, personals = [], [], [], [], [], [], []
    for item in outgoing:
        event = item.event
        data, personal = encode(event)
        types.append(event.TYPE)
        subjects.append(event.subject)
        traces.append(item.trace or None)
        actors.append(item.actor)
        persons.append(event.person)
        datas.append(data)
        personals.append(personal)
    return types, subjects, traces, actors, persons, datas, personals


Decoders = tuple[msgspec.json.Decoder[Event], msgspec.json.Decoder[Any] | None]


@lru_cache(maxsize=1)
def _decoders() -> dict[str, Decoders]:
    return {name: _decoders_of(cls) for name, cls in registered().items()}


def _decoders_of(cls: type[Event]) -> Decoders:
    personal = next((field for field in msgspec.structs.fields(cls) if field.name == "personal"), None)
    return msgspec.json.Decoder(cls), msgspec.json.Decoder(personal.type) if personal else None
