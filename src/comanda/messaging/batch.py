"""Committing a batch: load, apply, flush; effects, published events and the cursor together, whatever fails.

An event that cannot be handled is found, parked with its subject, and the rest of the batch goes on.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import asyncpg
import structlog

from comanda.kernel.clock import Clock
from comanda.kernel.errors import Conflict
from comanda.messaging import dead_letters, log
from comanda.messaging.log import StaleCursor
from comanda.messaging.reactions import Load, Reactions, Reload
from comanda.messaging.recorded import Cursor, Recorded
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.database import is_statement_timeout, is_transient

STOP_SUBJECTS = 20
STOP_SHARE = 0.1

_logger = structlog.get_logger(__name__)


class ConsumerStopped(Exception):
    """Too much fails for it to be the orders' fault: a bad release. The consumer waits for a person."""


class ReplayFailed(Conflict):
    """A parked event still cannot be handled."""

    code = "replay-failed"


class TooSlow(Exception):
    """A batch ran into the statement timeout: it is to be tried again in smaller pieces."""


class _ReactionFailed(Exception):
    def __init__(self, recorded: Recorded, cause: Exception) -> None:
        super().__init__(f"{type(cause).__name__}: {cause}")
        self.recorded = recorded


class _TryRun(Exception):
    """Rolls back a prefix that was tried only to find the guilty event."""


class Batches:
    """Commits the batches of one consumer. `wake` tells the reader that events were published."""

    def __init__(
        self,
        name: str,
        reactions: Reactions[Any],
        load: Load,
        *,
        clock: Clock,
        wake: Callable[[], None],
        committed: Callable[[], None],
    ) -> None:
        self.name = name
        self.reactions = reactions
        self.consumed = 0
        self.in_flight = 0
        self._load = load
        self._clock = clock
        self._wake = wake
        self._committed = committed
        self._parked: set[str] = set()
        self._parked_changed = True
        self._recent: deque[tuple[float, int, int]] = deque()

    @property
    def parked(self) -> int:
        """Subjects parked behind a dead letter."""
        return len(self._parked)

    def parked_changed(self) -> None:
        """Somebody may have freed a subject: look again before the next batch."""
        self._parked_changed = True

    async def replay(self, connection: asyncpg.Connection, subject: str, by: str) -> int:
        """Handle a parked subject's letters, in order, in one transaction; answers how many there were.

        Raises ReplayFailed when one still cannot be handled, and what a database that is away raises; nothing is
        changed then.
        """
        while True:
            try:
                return await self._replay(connection, subject, by)
            except Reload:
                continue

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
        self._wake()
        return len(letters)

    async def discard(self, connection: asyncpg.Connection, letter_id: str, by: str) -> bool:
        """Give up a letter for good; its subject is free with its last one. False when it is not parked."""
        async with connection.transaction():
            letter = await dead_letters.get_letter(connection, letter_id)
            if letter is None or letter.consumer != self.name:
                return False
            await dead_letters.lock_parked(connection, self.name, [letter.subject])
            await dead_letters.settle(connection, [letter], "discarded", by)
        self._parked_changed = True
        return letter.status == "parked"

    async def commit(self, connection: asyncpg.Connection, events: list[Recorded], target: Cursor) -> Cursor:
        """Commit a batch, whatever it takes: retry what passes, park what does not. Answers the moved cursor."""
        for recorded in events:
            if recorded.unknown:
                raise log.UnknownVersion(f"{recorded.type} is newer than this release of {self.name} knows")
        self.in_flight = len(events)
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
                            raise TooSlow from error
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
            self.in_flight = 0

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
                trace=recorded.trace.replace("-", ""),
                reason=reason,
            )
        if work.outgoing:
            self._wake()
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
