"""Rebuilding the reports from the log: into a generation of its own, with a cursor of its own, swapped at once.

The live consumer goes on meanwhile. When the rebuild has nearly caught up with it, the row that names the live
generation is locked, which holds the consumer before its next batch; the rest is read, both generations are compared,
and the name is changed. Letters that are parked or were discarded had no effect in the live reports and get none here.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from comanda.contexts.reporting.books import Books
from comanda.contexts.reporting.reactions import reactions
from comanda.messaging import log
from comanda.messaging.consumer import EVERYTHING, NOTHING, PIECE_POSITIONS
from comanda.messaging.log import Connection
from comanda.messaging.recorded import Cursor, Recorded
from comanda.messaging.unit_of_work import UnitOfWork

CONSUMER = "reporting"

Letters = frozenset[tuple[int, int]]
"""Era and position of events that had no effect."""


class ReportsDiffer(Exception):
    """What the rebuild cannot go on after; the message says why."""


async def first_cursor(connection: Connection) -> Cursor:
    """A cursor before the first event of the log."""
    era = await connection.fetchval("select min(era) from messaging.eras")
    return Cursor(CONSUMER, era, NOTHING, NOTHING, 0, 0, 0)


async def live_cursor(connection: Connection) -> Cursor:
    """Where the live consumer stands. Raises ReportsDiffer before it has begun."""
    cursor = await log.load_cursor(connection, CONSUMER)
    if cursor is None:
        raise ReportsDiffer("The reports have not begun to follow the log yet.")
    return cursor


async def next_piece(connection: Connection, at: Cursor, live: Cursor) -> tuple[Sequence[Recorded], Cursor] | None:
    """The next events before the live cursor, and where the walk stands after them; None: it has arrived."""
    if at.inside_window:
        return await _within(connection, at, live)
    if at.era < live.era:
        if at.seen == EVERYTHING:
            return (), replace(at, era=at.era + 1, seen=NOTHING, upto=NOTHING, position=0, last=0)
        return (), await _enter(connection, at, EVERYTHING)
    if at.seen != live.seen:
        return (), await _enter(connection, at, live.seen)
    if live.inside_window:
        return (), await _enter(connection, at, live.upto)
    return None


async def _enter(connection: Connection, at: Cursor, upto: str) -> Cursor:
    bounds = await log.window_bounds(connection, at.seen, upto, at.era)
    if bounds is None:
        return replace(at, seen=upto, upto=upto)
    return replace(at, upto=upto, position=bounds[0] - 1, last=bounds[1])


async def _within(connection: Connection, at: Cursor, live: Cursor) -> tuple[Sequence[Recorded], Cursor] | None:
    end = at.last
    if live.inside_window and (at.era, at.seen, at.upto) == (live.era, live.seen, live.upto):
        end = live.position
        if at.position >= end:
            return None
    until = min(at.position + PIECE_POSITIONS, end)
    events = await log.read(connection, at.seen, at.upto, at.position, until, at.era, reactions.types)
    reached = replace(at, position=until)
    return events, replace(reached, seen=at.upto) if until == at.last else reached


async def without_effect(connection: Connection) -> Letters:
    """The letters of the live consumer that were not replayed."""
    rows = await connection.fetch(
        """
        select era, position
        from messaging.dead_letters
        where consumer = $1
        and status <> 'replayed'
        """,
        CONSUMER,
    )
    return frozenset((row["era"], row["position"]) for row in rows)


async def fold(
    connection: Connection, generation: int, era: int, events: Sequence[Recorded], skipped: Letters, now: datetime
) -> None:
    """Add events to a generation. Raises ReportsDiffer for one that the live reports cannot have taken in either."""
    books = Books(generation)
    for recorded in events:
        if (era, recorded.position) in skipped:
            continue
        if recorded.event is None:
            raise ReportsDiffer(f"The event at {recorded.position} cannot be read: {recorded.problem}")
        for _ in reactions.react(recorded, books):
            raise AssertionError("reporting publishes nothing")
    await books.flush(UnitOfWork(connection, now))


async def differences(connection: Connection, one: int, other: int) -> list[str]:
    """What two generations do not agree on: orders, refunded pieces and carts, each by its id."""
    rows = await connection.fetch(_DIFFERENCES, one, other)
    return [row["id"] for row in rows]


async def compare(connection: Connection, now: datetime) -> list[str]:
    """Rebuild the reports up to where they stand, compare them with the live ones, and leave no trace.

    Answers the ids of what differs; empty is how it should be. For an audit; the live consumer waits meanwhile.
    """
    transaction = connection.transaction()
    await transaction.start()
    try:
        generation: int = await connection.fetchval("select generation from live for update")
        skipped = await without_effect(connection)
        live = await live_cursor(connection)
        at = await first_cursor(connection)
        while (piece := await next_piece(connection, at, live)) is not None:
            events, at = piece
            await fold(connection, -1, at.era, events, skipped, now)
        return await differences(connection, generation, -1)
    finally:
        await transaction.rollback()


async def remove(connection: Connection, generation: int, pieces: int) -> bool:
    """Delete a part of a generation that is not shown any more; False when nothing is left of it."""
    gone: Any = await connection.fetchval(_REMOVE, generation, pieces)
    return bool(gone)


_DIFFERENCES = """
    with differing as (
        select coalesce(a.order_id, b.order_id) as id
        from (select * from orders where generation = $1) a
        full join (select * from orders where generation = $2) b on b.order_id = a.order_id
        where a.order_id is null
        or b.order_id is null
        or (a.recorded, a.created_at, a.currency, a.total, a.refunded, a.reached, a.ended, a.hidden, a.lines::text)
            is distinct from
            (b.recorded, b.created_at, b.currency, b.total, b.refunded, b.reached, b.ended, b.hidden, b.lines::text)
        union
        select coalesce(a.order_id, b.order_id)
        from (select * from refunded_pieces where generation = $1) a
        full join (select * from refunded_pieces where generation = $2) b
            on b.order_id = a.order_id and b.sku = a.sku
        where a.quantity is distinct from b.quantity
        union
        select coalesce(a.cart_id, b.cart_id)
        from (select * from abandoned_carts where generation = $1) a
        full join (select * from abandoned_carts where generation = $2) b on b.cart_id = a.cart_id
        where a.cart_id is null
        or b.cart_id is null
    )
    select id
    from differing
    order by id
"""

_REMOVE = """
    with some_orders as (
        delete from orders
        where generation = $1
        and order_id = any (array(select order_id from orders where generation = $1 limit $2))
        returning 1
    ),
    some_pieces as (
        delete from refunded_pieces
        where generation = $1
        and order_id = any (array(select order_id from refunded_pieces where generation = $1 limit $2))
        returning 1
    ),
    some_carts as (
        delete from abandoned_carts
        where generation = $1
        and cart_id = any (array(select cart_id from abandoned_carts where generation = $1 limit $2))
        returning 1
    )
    select (select count(*) from some_orders) + (select count(*) from some_pieces) + (select count(*) from some_carts)
"""
