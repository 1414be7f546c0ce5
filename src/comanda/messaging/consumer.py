"""A consumer: follows the log for one service, window by window, and never passes an event that was not handled.

`batch.py` says how what it reads is handled. Each consumer has its own cursor and catches up by itself.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import asyncpg
import structlog

from comanda.kernel.clock import Clock, utc_now
from comanda.messaging import log
from comanda.messaging.batch import Batches, ConsumerStopped, TooSlow
from comanda.messaging.log import StaleCursor
from comanda.messaging.reactions import Load, Reactions
from comanda.messaging.reader import (
    FIRST_PAUSE_S,
    LONE_EVENTS,
    LONGEST_PAUSE_S,
    Connect,
    Feed,
    Reader,
    ReaderAway,
    passes,
)
from comanda.messaging.recorded import Cursor

BATCH_EVENTS = 1_000
PIECE_POSITIONS = 5_000
PERSIST_S = 5.0
EVERYTHING = "9223372036854775807:9223372036854775807:"
NOTHING = "1:1:"

_logger = structlog.get_logger(__name__)


class Consumer:
    """Follows the log for one service. `from_start`: a new one begins with the first event instead of now.

    `linger_s`: under load it waits so long for more before each batch; what a lone order publishes is handled at once.

    `placed` is set once it has a cursor (a new one reads what is published from then on), or has stopped.
    """

    def __init__(
        self,
        name: str,
        reactions: Reactions[Any],
        load: Load,
        connect: Connect,
        reader: Reader,
        *,
        from_start: bool = False,
        clock: Clock = utc_now,
        committed: Callable[[], None] = lambda: None,
        linger_s: float = 0.0,
    ) -> None:
        self.name = name
        self.reactions = reactions
        self.stopped_because: str | None = None
        self.placed = asyncio.Event()
        self.feed = Feed(name, reactions.types)
        self._connect = connect
        self._reader = reader
        self._from_start = from_start
        self._batches = Batches(name, reactions, load, clock=clock, wake=reader.wake, committed=committed)
        self._linger_s = linger_s
        self._piece = PIECE_POSITIONS
        self._to_catch_up = 0
        self._behind = True
        self._stopping = False
        reader.register(reactions.types)

    @property
    def backlog(self) -> int:
        """Events read and not yet worked off; while it catches up, the positions of the log that lie before it."""
        return self.feed.events + self._batches.in_flight + self._to_catch_up

    @property
    def parked(self) -> int:
        """Subjects parked behind a dead letter."""
        return self._batches.parked

    @property
    def consumed(self) -> int:
        """Events worked off since the process began."""
        return self._batches.consumed

    @property
    def current(self) -> bool:
        """Whether the consumer is attached and has nothing left to do."""
        return not self._behind and self.backlog == 0 and self.stopped_because is None

    @property
    def catching_up(self) -> bool:
        """Whether good orders may still wait to be read: deadlines must not be judged now."""
        return self._behind or self.backlog > 2 * BATCH_EVENTS

    async def replay(self, subject: str, by: str) -> int:
        """Handle a parked subject's letters, in order, in one transaction; answers how many there were.

        Raises ReplayFailed when one still cannot be handled; nothing is changed then.
        """
        connection = await self._connect()
        try:
            return await self._batches.replay(connection, subject, by)
        finally:
            await connection.close()

    async def discard(self, letter_id: str, by: str) -> bool:
        """Give up a letter for good; its subject is free with its last one. False when it is not parked."""
        connection = await self._connect()
        try:
            return await self._batches.discard(connection, letter_id, by)
        finally:
            await connection.close()

    async def run(self) -> None:
        """Follow the log until stopped. Lost connections are survived; a bad release ends it with a reason."""
        pause_s = FIRST_PAUSE_S
        while not self._stopping:
            had = self.consumed
            try:
                connection = await self._connect()
                try:
                    await self._follow(connection)
                finally:
                    self._behind = True
                    self._reader.detach(self.feed)
                    connection.terminate()
            except ReaderAway:
                _logger.info("consumer.waits_for_reader", consumer=self.name)
            except StaleCursor:
                _logger.warning("consumer.cursor_moved_elsewhere", consumer=self.name)
            except (ConsumerStopped, log.UnknownVersion) as error:
                self.stopped_because = str(error)
                self.placed.set()
                _logger.error("consumer.stopped", consumer=self.name, reason=str(error))
                return
            except Exception as error:
                if not passes(error):
                    self.stopped_because = f"{type(error).__name__}: {error}"
                    self.placed.set()
                    _logger.exception("consumer.stopped", consumer=self.name)
                    return
                _logger.warning("consumer.connection_lost", consumer=self.name, error=str(error))
                self._reader.suspect()
            if not self._stopping:
                if self.consumed > had:
                    pause_s = FIRST_PAUSE_S
                await asyncio.sleep(pause_s * (0.5 + random.random()))
                pause_s = min(LONGEST_PAUSE_S, pause_s * 2)

    async def stop(self) -> None:
        """End after the present batch."""
        self._stopping = True
        self.feed.end()

    async def _follow(self, connection: asyncpg.Connection) -> None:
        boundary = await self._reader.fresh_boundary()
        cursor = await self._first_cursor(connection, boundary)
        self.placed.set()
        self._batches.parked_changed()
        while not self._stopping:
            cursor = await self._catch_up(connection, cursor)
            boundary = self._reader.attach(self.feed)
            cursor = await self._read_up_to(connection, cursor, boundary)
            self._behind = False
            cursor = await self._live(connection, cursor)
            self._behind = True

    async def _first_cursor(self, connection: asyncpg.Connection, boundary: str) -> Cursor:
        cursor = await log.load_cursor(connection, self.name)
        if cursor is None:
            seen = NOTHING if self._from_start else boundary
            era = 1 if self._from_start else self._reader.era
            cursor = await log.create_cursor(connection, self.name, era, self.reactions.types, snapshot=seen)
        await log.declare_types(connection, self.name, self.reactions.types)
        return cursor

    async def _catch_up(self, connection: asyncpg.Connection, cursor: Cursor) -> Cursor:
        if cursor.inside_window:
            cursor = await self._finish_window(connection, cursor)
        while cursor.era < self._reader.era:
            cursor = await self._read_up_to(connection, cursor, EVERYTHING)
            cursor = replace(cursor, era=cursor.era + 1, seen=NOTHING, upto=NOTHING, position=0, last=0)
        return await self._read_up_to(connection, cursor, await self._reader.fresh_boundary())

    async def _read_up_to(self, connection: asyncpg.Connection, cursor: Cursor, boundary: str) -> Cursor:
        if cursor.seen == boundary:
            return cursor
        bounds = await log.window_bounds(connection, cursor.seen, boundary, cursor.era)
        if bounds is None:
            return replace(cursor, seen=boundary, upto=boundary)
        low, high = bounds
        inside = replace(cursor, upto=boundary, position=low - 1, last=high)
        return await self._finish_window(connection, inside)

    async def _finish_window(self, connection: asyncpg.Connection, cursor: Cursor) -> Cursor:
        """Read the window the cursor is inside, in pieces, with the cursor's own snapshots."""
        while cursor.position < cursor.last:
            self._to_catch_up = cursor.last - cursor.position
            until = min(cursor.position + self._piece, cursor.last)
            events = await log.read(
                connection, cursor.seen, cursor.upto, cursor.position, until, cursor.era, self.reactions.types
            )
            target = replace(cursor, position=until)
            if until == cursor.last:
                target = replace(target, seen=cursor.upto)
            if events:
                try:
                    target = await self._batches.commit(connection, list(events), target)
                    self._piece = PIECE_POSITIONS
                except TooSlow:
                    self._piece = max(1, self._piece // 10)
                    continue
            cursor = target
        self._to_catch_up = 0
        return cursor if not cursor.inside_window else replace(cursor, seen=cursor.upto)

    async def _live(self, connection: asyncpg.Connection, cursor: Cursor) -> Cursor:
        """Work off what the reader hands out, until it detaches this consumer."""
        while not self._stopping:
            windows = self.feed.take(BATCH_EVENTS)
            if not windows:
                if not self.feed.attached:
                    return cursor
                cursor = await self._wait(connection, cursor)
                continue
            last = windows[-1]
            if last.events is None:
                if len(windows) > 1:
                    raise AssertionError("a large window comes alone")
                inside = replace(cursor, seen=last.seen, upto=last.upto, position=last.low - 1, last=last.high)
                cursor = await self._finish_window(connection, inside)
                continue
            events = [recorded for window in windows for recorded in window.events or ()]
            target = replace(cursor, seen=last.upto, upto=last.upto, position=last.high, last=last.high)
            try:
                cursor = await self._batches.commit(connection, events, target)
            except TooSlow:
                self._piece = max(1, len(events) // 10)
                self._reader.detach(self.feed)
                self.feed.drop()
                return cursor
        return cursor

    async def _wait(self, connection: asyncpg.Connection, cursor: Cursor) -> Cursor:
        if await self.feed.wait(PERSIST_S):
            if self._linger_s and self.feed.events > LONE_EVENTS and not self._stopping:
                await asyncio.sleep(self._linger_s)
            return cursor
        if self.feed.passed is not None:
            (upto, high), self.feed.passed = self.feed.passed, None
            target = replace(cursor, seen=upto, upto=upto, position=high, last=high)
            cursor = await self._batches.commit(connection, [], target)
        return cursor
