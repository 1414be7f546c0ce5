"""Services in one process: their databases, one reader of the log, their consumers and background tasks."""

import asyncio
import shutil
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from comanda.contexts.administering.contract.events import SettingChanged
from comanda.contexts.ordering.dialects.calls import Caller
from comanda.messaging import eras, metrics
from comanda.messaging.api import dead_letter_access, dead_letter_router
from comanda.messaging.consumer import Consumer
from comanda.messaging.reader import Reader
from comanda.messaging.service import Context, Service, Task
from comanda.messaging.settings import LiveSettings, following
from comanda.messaging.tidying import tidy_up
from comanda.messaging.unit_of_work import Transactions
from comanda.platform.auth import Principal, Verifier
from comanda.platform.database import Database, connect
from comanda.platform.http.app import create_app
from comanda.platform.http.edge import Edge
from comanda.platform.http.limits import DEFAULT_LIMITS, HttpLimits
from comanda.platform.outbound import InProcess, Outbound
from comanda.runtime.verifying import verifier_through

_logger = structlog.get_logger(__name__)

DsnOf = Callable[[str], str]

LEAST_FREE_BYTES = 256 * 1024 * 1024

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
"""How long a background task that has failed waits before it begins again, at first and at most."""

_UNREAD = "The event log is not read any more: the server has to be started again."


class Process:
    """Runs services of one database in this process: `start`, then their apps answer, then `stop`.

    `dsn_of(name)` is how a service reaches its database, asked once, at the start; `disk` is where the database
    lives, if that is on this machine: when it is nearly full, no order is let in. `state` is what every service finds
    in its own, among it the addresses of foreign services.
    """

    def __init__(
        self,
        contexts: Sequence[Context],
        dsn_of: DsnOf,
        *,
        pool_size: int = 6,
        disk: Path | None = None,
        limits: HttpLimits = DEFAULT_LIMITS,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        self.services: dict[str, Service] = {}
        self._contexts = contexts
        self._dsn_of = dsn_of
        self._dsns: dict[str, str] = {}
        self._pool_size = pool_size
        self._disk = disk
        self.limits = limits
        self._state = state or {}
        self._disk_full = False
        self.verifier = verifier_through(self._outbound_for("runtime")("profiling"))
        self._tasks: list[asyncio.Task[None]] = []
        self._consumers: list[Consumer] = []
        self._consumer_tasks: list[asyncio.Task[None]] = []
        self._guard: eras.Guard | None = None
        self._pacing_current_since: float | None = None
        self.reader = Reader(lambda: self._connect(contexts[0].name))
        self._reader_task: asyncio.Task[None] | None = None
        self._pace_task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open everything; when it returns, the services are ready to answer."""
        self._dsns = {context.name: self._dsn_of(context.name) for context in self._contexts}
        first = await connect(self._dsns[self._contexts[0].name], service=self._contexts[0].name)
        try:
            self._guard = await eras.Guard.of(first)
        finally:
            await first.close()
        for service in await asyncio.gather(*(self._open(context) for context in self._contexts)):
            self.services[service.name] = service
        for service in self.services.values():
            self._assemble(service, self.verifier)
        for service in self.services.values():
            if service.context.start is not None:
                await service.context.start(service)
        for service in self.services.values():
            self._consume(service)
        self._reader_task = self._spawn(self.reader.run(), "reader")
        for consumer in self._consumers:
            self._consumer_tasks.append(self._spawn(consumer.run(), f"consumer {consumer.name}"))
        for consumer in self._consumers:
            await consumer.placed.wait()
        for service in self.services.values():
            for task in (*service.context.background, tidy_up):
                name = f"{service.name} {getattr(task, '__name__', 'task')}"
                self._tasks.append(self._spawn(_kept_going(task, service, name), name))
        self._pace_task = self._spawn(self._watch_pace(), "pace")

    async def stop(self) -> None:
        """Answer what was let in, finish the batches under way, commit, and close."""
        for service in self.services.values():
            service.stopping.set()
            if service.context.stop is not None:
                await service.context.stop(service)
        if self._pace_task is not None:
            self._pace_task.cancel()
        await _finished(self._tasks, 10.0)
        for consumer in self._consumers:
            await consumer.stop()
        await _finished(self._consumer_tasks, 30.0)
        await self.reader.stop()
        if self._reader_task is not None:
            await _finished([self._reader_task], 5.0)
        await asyncio.gather(*(service.database.close() for service in self.services.values()))

    def reach(self, name: str, caller: Caller) -> Outbound:
        """A service, asked in the caller's own name and trace: how dialects ask."""
        return InProcess(lambda: self._app_of(name), caller.principal, trace=caller.trace, timeout_s=30.0)

    def backlog(self) -> int:
        """Events that the slowest pacing consumer has read and not worked off."""
        return max((c.backlog for c in self._pacing()), default=0)

    def current(self) -> bool:
        """Whether every consumer has worked off all it has read."""
        return all(consumer.current for consumer in self._consumers)

    def stopped_consumers(self) -> dict[str, str]:
        """Consumers that wait for a person, and why."""
        return {c.name: c.stopped_because for c in self._consumers if c.stopped_because is not None}

    def _pacing(self) -> list[Consumer]:
        return [
            service.consumer
            for service in self.services.values()
            if service.context.pacing and service.consumer is not None and service.consumer.stopped_because is None
        ]

    async def _watch_pace(self) -> None:
        """Notes since when every pacing consumer has been current, for sweepers; free disk; metrics."""
        due = time.monotonic()
        while True:
            metrics.observe(self._consumers, max(0.0, time.monotonic() - due))
            behind = any(c.catching_up for c in self._pacing())
            if behind:
                self._pacing_current_since = None
            elif self._pacing_current_since is None:
                self._pacing_current_since = time.monotonic()
            if self._disk is not None:
                self._disk_full = shutil.disk_usage(self._disk).free < LEAST_FREE_BYTES
            due = time.monotonic() + 1.0
            await asyncio.sleep(1.0)

    def _refuses(self) -> str | None:
        if self._reader_ended:
            return _UNREAD
        return "The disk is nearly full." if self._disk_full else None

    @property
    def _reader_ended(self) -> bool:
        return self._reader_task is not None and self._reader_task.done()

    def _current_for_s(self) -> float:
        since = self._pacing_current_since
        return 0.0 if since is None else time.monotonic() - since

    async def _connect(self, name: str, *, by_key: bool = False) -> asyncpg.Connection:
        connection = await connect(self._dsns[name], service=name, by_key=by_key)
        assert self._guard is not None
        await self._guard.check(connection)
        return connection

    async def _open(self, context: Context) -> Service:
        assert self._guard is not None
        database = await Database.open(
            self._dsns[context.name],
            service=context.name,
            min_size=1,
            max_size=self._pool_size,
            on_connect=self._guard.check,
            by_key=context.by_key,
        )
        settings = LiveSettings(context.settings)
        async with database.acquire() as connection:
            await settings.load(connection)
        return Service(
            context=context,
            database=database,
            transactions=Transactions(database, self.reader.wake),
            outbound=self._outbound_for(context.name),
            settings=settings,
            pacing_backlog=self.backlog,
            pacing_current_for_s=self._current_for_s,
            refuses=self._refuses,
            state=dict(self._state),
        )

    def _outbound_for(self, caller: str) -> Callable[[str], Outbound]:
        def outbound(name: str) -> Outbound:
            return InProcess(lambda: self._app_of(name), Principal("service", caller))

        return outbound

    def _app_of(self, name: str) -> Any:
        return self.services[name].edge

    def _assemble(self, service: Service, verifier: Verifier) -> None:
        context = service.context
        service.state["settings"] = {s.name: s for c in self._contexts for s in c.settings}
        service.app = create_app(
            service=context.name,
            title=f"Comanda {context.title}",
            description=context.description,
            routers=[*context.routers, dead_letter_router],
            access=context.access | dead_letter_access,
            verifier=verifier,
            ready=lambda: self._ready(service),
            state={"service": service},
        )
        service.edge = Edge(service.app, service.app.routes, context.name, self.limits)

    def _consume(self, service: Service) -> None:
        context = service.context
        if context.reactions is not None and context.make_load is not None:
            reactions, load = following(service.settings, context.reactions, context.make_load(service), SettingChanged)
            service.consumer = Consumer(
                context.name,
                reactions,
                load,
                lambda: self._connect(context.name, by_key=True),
                self.reader,
                from_start=context.from_start,
                linger_s=context.linger_s,
                committed=lambda: _committed(service),
            )
            self._consumers.append(service.consumer)

    async def _ready(self, service: Service) -> str | None:
        try:
            async with asyncio.timeout(2), service.database.acquire() as connection:
                await connection.fetchval("select 1")
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return "The database does not answer."
        if service.consumer is not None and service.consumer.stopped_because is not None:
            return f"The consumer has stopped: {service.consumer.stopped_because}"
        if self._reader_ended:
            return _UNREAD
        return None

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(_report)
        return task


async def _kept_going(task: Task, service: Service, name: str) -> None:
    """A background task that a defect has ended is begun again after a while: one order must not stop all sweeping."""
    pause_s = FIRST_PAUSE_S
    while True:
        began = time.monotonic()
        try:
            await task(service)
            return
        except Exception:
            _logger.exception("task.begins_again", task=name)
        if time.monotonic() - began > LONGEST_PAUSE_S:
            pause_s = FIRST_PAUSE_S
        if await service.pause(pause_s):
            return
        pause_s = min(LONGEST_PAUSE_S, pause_s * 2)


def _committed(service: Service) -> None:
    service.settings.committed()
    service.committed()


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _logger.error("task.failed", task=task.get_name(), exc_info=task.exception())


async def _finished(tasks: Sequence[asyncio.Task[None]], seconds: float) -> None:
    """Wait for tasks to end by themselves; cancel those that do not."""
    if not tasks:
        return
    _, pending = await asyncio.wait(tasks, timeout=seconds)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
