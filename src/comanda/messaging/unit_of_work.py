"""A transaction that can publish: rows and events commit together or not at all."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from comanda.kernel.clock import Clock, utc_now
from comanda.kernel.event import Event
from comanda.messaging import log
from comanda.messaging.log import Connection
from comanda.messaging.recorded import Outgoing
from comanda.platform.database import Database


class UnitOfWork:
    """What a use case works with: a connection inside a transaction, the time, and a place to publish.

    Published events are written by the last statement of the transaction, after the rows they are about are locked.
    """

    __slots__ = ("actor", "connection", "now", "outgoing", "trace")

    def __init__(self, connection: Connection, now: datetime, *, actor: str | None = None, trace: str = "") -> None:
        self.connection = connection
        self.now = now
        self.actor = actor
        self.trace = trace
        self.outgoing: list[Outgoing] = []

    def publish(self, *events: Event, trace: str | None = None, actor: str | None = None) -> None:
        """Publish facts with this transaction. `trace` and `actor` override the unit's own, for batches of many."""
        for event in events:
            self.outgoing.append(Outgoing(event, self.trace if trace is None else trace, actor or self.actor))


class Transactions:
    """Opens units of work on one service's database and wakes the log's reader when one has published."""

    def __init__(self, database: Database, wake: Callable[[], None], clock: Clock = utc_now) -> None:
        self._database = database
        self.wake = wake
        self.clock = clock

    @asynccontextmanager
    async def begin(self, *, actor: str | None = None, trace: str = "") -> AsyncIterator[UnitOfWork]:
        """A unit of work: commits, with its events, when the block ends; rolls back when it raises."""
        async with self._database.acquire() as connection:
            async with connection.transaction():
                work = UnitOfWork(connection, self.clock(), actor=actor, trace=trace)
                yield work
                await log.append(connection, work.outgoing)
            if work.outgoing:
                self.wake()
