"""A consumer: one service's reactions to the log, a batch a transaction, every event with its effect exactly once.

A batch is loaded, applied and flushed; effects, published events and the cursor commit together. An event that cannot
be handled is found, parked with its subject, and the rest of the batch goes on.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import asyncpg
import structlog

from comanda.kernel.clock import Clock, utc_now
from comanda.kernel.errors import Conflict
from comanda.messaging import dead_letters, log
from comanda.messaging.log import StaleCursor
from comanda.messaging.reactions import Load, Reactions, Reload
from comanda.messaging.reader import FEED_EVENTS, Connect, Feed, Reader
from comanda.messaging.recorded import Cursor, Recorded
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.database import is_statement_timeout, is_transient

BATCH_EVENTS = 1_000
PIECE_POSITIONS = 5_000
PERSIST_S = 5.0
EVERYTHING = "9223372036854775807:9223372036854775807:"
NOTHING = "1:1:"
STOP_SUBJECTS = 20
STOP_SHARE = 0.1

_logger = structlog.get_logger(__name__)


class ConsumerStopped(Exception):
    """Too much fails for it to be the orders' fault: a bad release. The consumer waits for a person."""


class ReplayFailed(Conflict):
    """A parked event still cannot be handled."""

    code = "replay-failed"


class _ReactionFailed(Exception):
    def __init__(self, recorded: Recorded, cause: Exception) -> None:
        super().__init__(f"{type(cause).__name__}: {cause}")
        self.recorded = recorded


class _TryRun(Exception):
    """Rolls back a prefix that was tried only to find the guilty event."""


class Consumer:
    """Follows the log for one service. `from_start`: a new one begins with the first event instead of now.

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
        self.consumed = 0
        self.current_since: float | None = None
        self.placed = asyncio.Event()
        self.feed = Feed(name, reactions.types)
        self._load = load
        self._connect = connect
        self._reader = reader
        self._from_start = from_start
        self._clock = clock
        self._committed = committed
        self._linger_s = linger_s
        self._piece = PIECE_POSITIONS
        self._parked: set[str] = set()
        self._parked_changed = True
        self._recent: deque[tuple[float, int, int]] = deque()
        self._in_flight = 0
        self._behind = True
        self._stopping = False
        reader.register(reactions.types)

    @property
    def backlog(self) -> int:
        """Events read and not yet worked off; a consumer that has not caught up counts as a full queue."""
        return FEED_EVENTS if self._behind else self.feed.events + self._in_flight

    @property
    def parked(self) -> int:
        """Subjects parked behind a dead letter."""
        return len(self._parked)

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

        Raises ReplayFailed when one still cannot be handled, and what a database that is away raises; nothing is
        changed then.
        """
        connection = await self._connect()
        try:
            while True:
                try:
                    return await self._replay(connection, subject, by)
                except Reload:
                    continue
        finally:
            await connection.close()

    async def _replay(self, connection: asyncpg.Connection, subject: str, by: str) -> int:
        async with connection.transaction():
            letters = await dead_letters.letters_of_subject(connection, self.name, subject)
            if not letters:
                return 0
            work = UnitOfWork(connection, self._clock())
            events = [letter.recorded() for letter in letters]
            undecodable = next((event.problem for event in events if event.event is None), None)
            if undecodable is not None:
                raise ReplayFailed(undecodable)
            try:
                await self._apply(work, events)
            except _ReactionFailed as failure:
                raise ReplayFailed(str(failure)) from failure
            except Exception as failure:
                if isinstance(failure, Reload) or is_transient(failure):
                    raise
                raise ReplayFailed(f"{type(failure).__name__}: {failure}") from failure
            await dead_letters.settle(connection, letters, "replayed", by)
            await log.append(connection, work.outgoing)
            await log.count_applied(connection, self.name, len(letters))
        self._parked_changed = True
        self._reader.wake()
        return len(letters)

    async def discard(self, letter_id: str, by: str) -> bool:
        """Give up a letter for good; its subject is free with its last one. False when it is not parked."""
        connection = await self._connect()
        try:
            async with connection.transaction():
                letter = await dead_letters.get_letter(connection, letter_id)
                if letter is None or letter.consumer != self.name:
                    return False
                await dead_letters.lock_parked(connection, self.name, [letter.subject])
                await dead_letters.settle(connection, [letter], "discarded", by)
        finally:
            await connection.close()
        self._parked_changed = True
        return letter.status == "parked"

    async def run(self) -> None:
        """Follow the log until stopped. Lost connections are survived; a bad release ends it with a reason."""
        pause_s = 0.05
        while not self._stopping:
            try:
                connection = await self._connect()
                try:
                    await self._follow(connection)
                    pause_s = 0.05
                finally:
                    self._behind = True
                    self._reader.detach(self.feed)
                    connection.terminate()
            except StaleCursor:
                _logger.warning("consumer.cursor_moved_elsewhere", consumer=self.name)
            except (ConsumerStopped, log.UnknownVersion) as error:
                self.stopped_because = str(error)
                self.placed.set()
                _logger.error("consumer.stopped", consumer=self.name, reason=str(error))
                return
            except Exception as error:
                if not is_transient(error):
                    self.stopped_because = f"{type(error).__name__}: {error}"
                    self.placed.set()
                    _logger.exception("consumer.stopped", consumer=self.name)
                    return
                _logger.warning("consumer.connection_lost", consumer=self.name, error=str(error))
                self._reader.suspect()
            if not self._stopping:
                await asyncio.sleep(pause_s * (0.5 + random.random()))
                pause_s = min(2.0, pause_s * 2)

    async def stop(self) -> None:
        """End after the present batch."""
        self._stopping = True
        self.feed.end()

    async def _follow(self, connection: asyncpg.Connection) -> None:
        boundary = await self._reader.checked_boundary()
        cursor = await self._first_cursor(connection, boundary)
        self.placed.set()
        self._parked_changed = True
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
        return await self._read_up_to(connection, cursor, await self._reader.checked_boundary())

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
            until = min(cursor.position + self._piece, cursor.last)
            events = await log.read(
                connection, cursor.seen, cursor.upto, cursor.position, until, cursor.era, self.reactions.types
            )
            target = replace(cursor, position=until)
            if until == cursor.last:
                target = replace(target, seen=cursor.upto)
            if events:
                try:
                    target = await self._work(connection, list(events), target)
                    self._piece = PIECE_POSITIONS
                except _TooSlow:
                    self._piece = max(1, self._piece // 10)
                    continue
            cursor = target
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
                cursor = await self._work(connection, events, target)
            except _TooSlow:
                self._piece = max(1, len(events) // 10)
                self._reader.detach(self.feed)
                self.feed.drop()
                return cursor
        return cursor

    async def _wait(self, connection: asyncpg.Connection, cursor: Cursor) -> Cursor:
        if await self.feed.wait(PERSIST_S):
            if self._linger_s and not self._stopping:
                await asyncio.sleep(self._linger_s)
            return cursor
        if self.feed.passed is not None:
            (upto, high), self.feed.passed = self.feed.passed, None
            target = replace(cursor, seen=upto, upto=upto, position=high, last=high)
            cursor = await self._work(connection, [], target)
        return cursor

    async def _work(self, connection: asyncpg.Connection, events: list[Recorded], target: Cursor) -> Cursor:
        """Commit a batch, whatever it takes: retry what passes, park what does not. Answers the moved cursor."""
        for recorded in events:
            if recorded.unknown:
                raise log.UnknownVersion(f"{recorded.type} is newer than this release of {self.name} knows")
        self._in_flight = len(events)
        failed: dict[int, str] = {recorded.position: recorded.problem for recorded in events if recorded.event is None}
        pause_s = 0.02
        try:
            while True:
                try:
                    await self._transact(connection, events, failed, target)
                    self.consumed += len(events)
                    self._remember(events, failed)
                    return replace(target, n=target.n + 1)
                except Reload:
                    continue
                except _ReactionFailed as failure:
                    failed[failure.recorded.position] = str(failure)
                except StaleCursor:
                    raise
                except Exception as error:
                    if connection.is_closed():
                        raise ConnectionError(str(error)) from error
                    if is_statement_timeout(error):
                        if len(events) > 1:
                            raise _TooSlow from error
                        failed[events[0].position] = str(error)
                    elif is_transient(error):
                        _logger.info("consumer.retry", consumer=self.name, error=str(error))
                        await asyncio.sleep(pause_s * (0.5 + random.random()))
                        pause_s = min(2.0, pause_s * 2)
                    elif not events:
                        raise
                    else:
                        guilty = await self._find_guilty(connection, events, failed, target)
                        if guilty is not None:
                            failed[guilty.position] = f"{type(error).__name__}: {error}"
                self._stop_if_bad_release(events, failed)
        finally:
            self._in_flight = 0

    async def _transact(
        self,
        connection: asyncpg.Connection,
        events: Sequence[Recorded],
        failed: dict[int, str],
        target: Cursor,
        *,
        try_run: bool = False,
    ) -> None:
        letters: list[tuple[Recorded, str]] = []
        async with connection.transaction():
            work = UnitOfWork(connection, self._clock())
            good: Sequence[Recorded] = events
            if self._parked_changed:
                self._parked_changed = False
                self._parked = await dead_letters.parked_subjects(connection, self.name)
            if failed or self._parked:
                good, letters = await self._split(connection, events, failed)
            if good:
                await self._apply(work, good)
            await dead_letters.park(connection, self.name, target.era, letters)
            await log.append_and_move(connection, work.outgoing, target, consumed=len(events), applied=len(good))
            if try_run:
                raise _TryRun
        for recorded, reason in letters:
            self._parked.add(recorded.subject)
            _logger.error(
                "consumer.parked",
                consumer=self.name,
                type=recorded.type,
                subject=recorded.subject,
                reason=reason,
            )
        if work.outgoing:
            self._reader.wake()
        self._committed()

    async def _apply(self, work: UnitOfWork, events: Sequence[Recorded]) -> None:
        """Load, apply, flush."""
        working_set = await self._load(work, events)
        react, publish = self.reactions.react, work.publish
        for recorded in events:
            try:
                for event in react(recorded, working_set):
                    publish(event, trace=recorded.trace)
            except Reload:
                raise
            except Exception as error:
                raise _ReactionFailed(recorded, error) from error
        await working_set.flush(work)

    async def _split(
        self, connection: asyncpg.Connection, events: Sequence[Recorded], failed: dict[int, str]
    ) -> tuple[list[Recorded], list[tuple[Recorded, str]]]:
        """What can be applied, and what parks: the failed ones and their subjects' later events."""
        parked = await dead_letters.lock_parked(connection, self.name, {event.subject for event in events})
        good: list[Recorded] = []
        letters: list[tuple[Recorded, str]] = []
        for recorded in events:
            reason = failed.get(recorded.position)
            if reason is None and recorded.subject in parked and recorded.type not in dead_letters.OVERTAKING:
                reason = "an earlier event of its subject is parked"
            if reason is None:
                good.append(recorded)
            else:
                letters.append((recorded, reason))
                parked.add(recorded.subject)
        return good, letters

    async def _find_guilty(
        self,
        connection: asyncpg.Connection,
        events: Sequence[Recorded],
        failed: dict[int, str],
        target: Cursor,
    ) -> Recorded | None:
        """The last event of the shortest prefix whose flush fails, each freshly loaded and rolled back."""
        passes, fails = 0, len(events)
        if not await self._prefix_fails(connection, events, failed, target):
            return None
        while fails - passes > 1:
            middle = (passes + fails) // 2
            if await self._prefix_fails(connection, events[:middle], failed, target):
                fails = middle
            else:
                passes = middle
        return events[fails - 1]

    async def _prefix_fails(
        self,
        connection: asyncpg.Connection,
        events: Sequence[Recorded],
        failed: dict[int, str],
        target: Cursor,
    ) -> bool:
        while True:
            try:
                await self._transact(connection, events, failed, target, try_run=True)
            except _TryRun:
                return False
            except Reload:
                continue
            except Exception as error:
                if connection.is_closed():
                    raise ConnectionError(str(error)) from error
                if is_transient(error) and not is_statement_timeout(error):
                    continue
                return True

    def _stop_if_bad_release(self, events: Sequence[Recorded], failed: dict[int, str]) -> None:
        """More than twenty subjects a minute that are more than a tenth of the events: a bad release."""
        now = asyncio.get_running_loop().time()
        while self._recent and self._recent[0][0] < now - 60:
            self._recent.popleft()
        parked = _subjects(events, failed) + sum(count for _, count, _ in self._recent)
        seen = len(events) + sum(count for _, _, count in self._recent)
        if parked > STOP_SUBJECTS and parked > STOP_SHARE * seen:
            raise ConsumerStopped(f"{parked} of {seen} events within a minute could not be handled")

    def _remember(self, events: Sequence[Recorded], failed: dict[int, str]) -> None:
        now = asyncio.get_running_loop().time()
        if self._recent and now - self._recent[-1][0] < 1.0:
            at, subjects, size = self._recent[-1]
            self._recent[-1] = (at, subjects + _subjects(events, failed), size + len(events))
        else:
            self._recent.append((now, _subjects(events, failed), len(events)))


def _subjects(events: Sequence[Recorded], failed: dict[int, str]) -> int:
    return len({event.subject for event in events if event.position in failed}) if failed else 0


class _TooSlow(Exception):
    """A batch ran into the statement timeout: it is tried again in smaller pieces."""
