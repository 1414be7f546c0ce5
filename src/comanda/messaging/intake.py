"""Batched intake: requests that arrive while a transaction is under way share the next one, and admission is bounded.

Overload makes clients wait, not orders.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

import structlog

from comanda.kernel.errors import Unavailable
from comanda.platform.database import is_transient

C = TypeVar("C")
A = TypeVar("A")

_logger = structlog.get_logger(__name__)


class Admission:
    """Lets requests in while the backlog of the pacing consumers is small; else they wait a moment, then get 503.

    `refuses()` answers why nothing can be let in at all, such as a full disk, or None.
    """

    def __init__(
        self,
        backlog: Callable[[], int],
        limit: Callable[[], int],
        refuses: Callable[[], str | None] = lambda: None,
        *,
        patience_s: float = 2.0,
        look_s: float = 0.005,
    ) -> None:
        self._backlog = backlog
        self._limit = limit
        self._refuses = refuses
        self._patience_s = patience_s
        self._look_s = look_s

    async def wait(self) -> None:
        """Return once there is room. Raises Unavailable (503, Retry-After) when there is none for too long."""
        reason = self._refuses()
        if reason is not None:
            raise Unavailable(reason, retry_after=30)
        if self._backlog() <= self._limit():
            return
        until = time.monotonic() + self._patience_s
        while self._backlog() > self._limit():
            if time.monotonic() > until:
                raise Unavailable("Too many orders are under way.", retry_after=1)
            await asyncio.sleep(self._look_s)


class _Waiting(Generic[C, A]):
    __slots__ = ("answer", "command", "key")

    def __init__(self, command: C, key: Hashable, answer: "asyncio.Future[A]") -> None:
        self.command = command
        self.key = key
        self.answer = answer


class Intake(Generic[C, A]):
    """Groups commands: `run_group` gets up to `group_size` of them and answers one result, or an exception, for each.

    One group is under way at a time; of each key there is one in a group, and its twins wait for the next. A transient
    error retries the group whole, then answers 503; any other error tries each command alone, so that one cannot
    spoil the others.
    """

    def __init__(
        self,
        run_group: Callable[[Sequence[C]], Awaitable[Sequence[A | Exception]]],
        *,
        group_size: int = 64,
        attempts: int = 5,
    ) -> None:
        self._run_group = run_group
        self._group_size = group_size
        self._attempts = attempts
        self._waiting: deque[_Waiting[C, A]] = deque()
        self._working: asyncio.Task[None] | None = None

    async def submit(self, command: C, key: Hashable) -> A:
        """The command's own result; raises its own error. Cancelling the wait does not cancel the command."""
        waiting: _Waiting[C, A] = _Waiting(command, key, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await waiting.answer

    async def drain(self) -> None:
        """Wait until everything submitted is answered."""
        while self._working is not None:
            await asyncio.wait([self._working])

    async def _work(self) -> None:
        """One group after the other, until nobody waits.

        It begins in the next turn of the event loop: what else arrives in this one is in the first group. Between two
        groups those who were answered have their turn.
        """
        try:
            while self._waiting:
                await self._answer(self._take())
                await asyncio.sleep(0)
        finally:
            self._working = None

    def _take(self) -> list[_Waiting[C, A]]:
        group: list[_Waiting[C, A]] = []
        twins: list[_Waiting[C, A]] = []
        keys: set[Hashable] = set()
        while self._waiting and len(group) < self._group_size:
            waiting = self._waiting.popleft()
            if waiting.key in keys:
                twins.append(waiting)
            else:
                keys.add(waiting.key)
                group.append(waiting)
        self._waiting.extendleft(reversed(twins))
        return group

    async def _answer(self, group: list[_Waiting[C, A]]) -> None:
        try:
            results = await self._try(group)
            for waiting, result in zip(group, results, strict=True):
                _settle(waiting, result)
        except Exception as error:
            _logger.exception("intake.failed")
            for waiting in group:
                _settle(waiting, error)

    async def _try(self, group: list[_Waiting[C, A]]) -> Sequence[A | Exception]:
        pause_s = 0.02
        for attempt in range(1, self._attempts + 1):
            try:
                return await self._run_group([waiting.command for waiting in group])
            except Exception as error:
                if not is_transient(error):
                    if len(group) == 1:
                        return [error]
                    _logger.warning("intake.one_by_one", error=str(error), size=len(group))
                    return [result for waiting in group for result in await self._try([waiting])]
                if attempt == self._attempts:
                    busy = Unavailable("The database is busy.", retry_after=2)
                    return [busy for _ in group]
                await asyncio.sleep(pause_s)
                pause_s *= 2
        raise AssertionError("unreachable")


def _settle(waiting: "_Waiting[C, A]", result: A | Exception) -> None:
    if waiting.answer.done():
        return
    if isinstance(result, Exception):
        waiting.answer.set_exception(result)
    else:
        waiting.answer.set_result(result)
