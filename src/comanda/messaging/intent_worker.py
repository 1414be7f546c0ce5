"""The worker that makes the calls which intents ask for: leases, calls, records. See `intents.py` for its promises."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, Protocol, TypeVar

import structlog

from comanda.messaging import intents
from comanda.messaging.intents import Intent
from comanda.messaging.service import Service
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.database import is_transient

_logger = structlog.get_logger(__name__)

POLL_S = 1.0
AFTER_WAKE_S = (0.005, 0.05, 0.25)
"""Whoever writes an intent wakes the worker before it commits, so it looks more than once."""


class Outcome(Enum):
    """What becomes of an intent after its call."""

    SETTLED = "settled"
    AGAIN = "again"
    AGAIN_NOW = "again now"


L = TypeVar("L")
R = TypeVar("R")
A = TypeVar("A")


class Caller(Protocol[L, R, A]):
    """What a service's calls are: the worker owns the when, the caller the what. `L` is what `lock` read."""

    async def lock(self, work: UnitOfWork, subjects: Sequence[str]) -> L:
        """Lock and read what the calls are about, before any intent is locked."""

    async def prepare(self, work: UnitOfWork, locked: L, leased: Sequence[Intent]) -> Mapping[int, R]:
        """Fix what to ask, by intent id, in the transaction of the lease. An intent left out is not wanted any more."""

    async def call(self, request: R) -> A:
        """Ask, with a key that is the same for every try. No transaction is open. An exception: nobody knows."""

    async def record(self, work: UnitOfWork, locked: L, intent: Intent, request: R, answer: A | None) -> Outcome:
        """Write down the answer with its events, in one transaction; None: the outcome is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a worker goes about its calls; times in seconds. A lease is longer than a call may take."""

    concurrency: int = 16
    lease_s: float = 30.0
    call_timeout_s: float = 10.0
    first_wait_s: float = 0.5
    longest_wait_s: float = 60.0

    def wait_s(self, attempts: int) -> float:
        """How long to wait after so many calls before this one: exponential, jittered, capped."""
        longest = min(self.longest_wait_s, self.first_wait_s * 2.0 ** min(attempts, 30))
        return longest * (0.5 + random.random() / 2)


class IntentWorker(Generic[L, R, A]):
    """Makes the calls of one service. Any number of workers, in any number of processes, may share the work."""

    def __init__(self, service: Service, caller: Caller[L, R, A], pace: Pace | None = None) -> None:
        self._service = service
        self._caller = caller
        self._pace = pace or Pace()
        self._awake = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Intents are about to be committed."""
        self._awake.set()

    async def run(self) -> None:
        """Work until the service stops, then let the calls under way end."""
        waker = asyncio.create_task(self._wake_when_stopping())
        try:
            while not self._service.stopping.is_set():
                await self._look()
                await self._wait(POLL_S)
                if self._awake.is_set():
                    self._awake.clear()
                    for pause_s in AFTER_WAKE_S:
                        await self._look()
                        await self._wait(pause_s)
            await asyncio.gather(*self._running)
        finally:
            waker.cancel()
            for task in self._running:
                task.cancel()

    async def work_off(self) -> int:
        """Make every call that is due, one round after another, until none is. Answers how many were made."""
        made = 0
        while leased := await self.lease():
            await asyncio.gather(*(self.make(intent, request) for intent, request in leased))
            made += len(leased)
        return made

    async def _wake_when_stopping(self) -> None:
        await self._service.stopping.wait()
        self._awake.set()

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._awake.wait(), seconds)
        except TimeoutError:
            return

    async def _look(self) -> None:
        """Start what is due, as far as there is room."""
        while len(self._running) < self._pace.concurrency:
            try:
                leased = await self.lease()
            except Exception as error:
                _logger.warning("intents.lease_failed", service=self._service.name, error=str(error))
                return
            if not leased:
                return
            for intent, request in leased:
                task = asyncio.create_task(self.make(intent, request))
                self._running.add(task)
                task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._awake.set()

    async def lease(self) -> list[tuple[Intent, R]]:
        """Take leases on what is due, as far as there is room, each with what is to be asked under it."""
        async with self._service.database.acquire() as connection:
            found = await intents.due(connection, self._pace.concurrency - len(self._running))
        if not found:
            return []
        try:
            return await self._lease_together(found)
        except Exception as error:
            if is_transient(error):
                raise
            return [pair for intent in found for pair in await self._lease_alone(intent)]

    async def _lease_together(self, found: Sequence[Intent]) -> list[tuple[Intent, R]]:
        async with self._service.begin() as work:
            locked = await self._caller.lock(work, [intent.subject for intent in found])
            leased = await intents.lease(work.connection, found, self._pace.lease_s)
            requests = await self._caller.prepare(work, locked, leased)
            await intents.finish(work.connection, [intent for intent in leased if intent.id not in requests])
        return [(intent, requests[intent.id]) for intent in leased if intent.id in requests]

    async def _lease_alone(self, intent: Intent) -> list[tuple[Intent, R]]:
        """One that cannot be prepared waits, so that the others need not."""
        try:
            return await self._lease_together([intent])
        except Exception as error:
            if is_transient(error):
                raise
            _logger.exception("intents.cannot_be_prepared", service=self._service.name, intent=intent.id)
            async with self._service.database.acquire() as connection:
                await intents.postpone(connection, intent, self._pace.longest_wait_s, _text_of(error))
            return []

    async def make(self, intent: Intent, request: R) -> None:
        """Call and record, under a lease. Whatever goes wrong here, the lease ends and the call is made again."""
        answer: A | None = None
        problem = ""
        try:
            async with asyncio.timeout(self._pace.call_timeout_s):
                answer = await self._caller.call(request)
        except Exception as error:
            problem = _text_of(error)
            _logger.warning("intents.outcome_unknown", kind=intent.kind, subject=intent.subject, problem=problem)
        try:
            await self._record_surely(intent, request, answer, problem)
        except Exception:
            _logger.exception("intents.not_recorded", kind=intent.kind, subject=intent.subject)

    async def _record_surely(self, intent: Intent, request: R, answer: A | None, problem: str) -> None:
        """Try again for as long as the lease lasts: an answer is worth more than another call."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._pace.lease_s - self._pace.call_timeout_s
        pause_s = 0.05
        while True:
            try:
                await self._record(intent, request, answer, problem)
                return
            except Exception as error:
                if not is_transient(error) or loop.time() + pause_s > until:
                    raise
            await asyncio.sleep(pause_s * (0.5 + random.random()))
            pause_s *= 2

    async def _record(self, intent: Intent, request: R, answer: A | None, problem: str) -> None:
        async with self._begin(intent) as work:
            locked = await self._caller.lock(work, [intent.subject])
            if not await intents.holds(work.connection, intent):
                _logger.warning("intents.lease_lost", kind=intent.kind, subject=intent.subject)
                return
            outcome = await self._caller.record(work, locked, intent, request, answer)
            if outcome is Outcome.SETTLED:
                await intents.finish(work.connection, [intent])
            else:
                wait_s = 0.0 if outcome is Outcome.AGAIN_NOW else self._pace.wait_s(intent.attempts)
                await intents.postpone(work.connection, intent, wait_s, problem)

    @asynccontextmanager
    async def _begin(self, intent: Intent) -> AsyncIterator[UnitOfWork]:
        async with self._service.begin(actor=intent.actor, trace=intent.trace or None) as work:
            yield work


def _text_of(error: Any) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
