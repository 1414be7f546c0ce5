"""One service on a real database, read to batch by batch: no log reader, so that a test decides what comes when."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from comanda.kernel.clock import Clock, utc_now
from comanda.kernel.errors import Unavailable
from comanda.kernel.event import Event
from comanda.messaging.reactions import Load, Reload
from comanda.messaging.recorded import Recorded
from comanda.messaging.service import Context, Service
from comanda.messaging.settings import LiveSettings
from comanda.messaging.unit_of_work import Transactions, UnitOfWork
from comanda.platform.auth import ANONYMOUS, Principal, Verifier
from comanda.platform.database import Database
from comanda.platform.http.app import create_app
from comanda.platform.http.edge import Edge
from comanda.platform.outbound import Answer, InProcess, Outbound, Query
from tests.support.database import Database as TestDatabase


class OneService:
    """The running service: batches, requests, and a look at its tables."""

    def __init__(self, context: Context, service: Service) -> None:
        assert context.make_load is not None and context.reactions is not None
        self.context = context
        self.service = service
        self._load: Load = context.make_load(service)
        self.reloads = 0

    async def read(self, *events: Event) -> list[Event]:
        """Let the service react to a batch, the way its consumer does. Answers what it published."""
        while True:
            try:
                async with self.service.begin() as work:
                    return await self.apply(work, events)
            except Reload:
                self.reloads += 1

    async def apply(self, work: UnitOfWork, events: Sequence[Event]) -> list[Event]:
        """Load, apply and flush a batch in a transaction that the caller ends. Answers what is to be published."""
        batch = [recorded(event, position) for position, event in enumerate(events)]
        working_set = await self._load(work, batch)
        assert self.context.reactions is not None
        for item in batch:
            for event in self.context.reactions.react(item, working_set):
                work.publish(event)
        await working_set.flush(work)
        return [outgoing.event for outgoing in work.outgoing]

    async def call(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        by: Principal = ANONYMOUS,
        query: Query | None = None,
        key: str | None = None,
    ) -> Answer:
        """One request in somebody's name."""
        edge = self.service.edge
        assert edge is not None
        return await InProcess(lambda: edge, by).call(method, path, query=query, json=json, key=key)

    async def rows(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        """What a query finds, as the service's role."""
        async with self.service.database.acquire() as connection:
            return [dict(row) for row in await connection.fetch(query, *arguments)]

    async def published(self) -> list[str]:
        """The names of all that was ever published, in order."""
        rows = await self.rows("select split_part(type, '.', 3) as name from messaging.log order by position")
        return [row["name"] for row in rows]


class Absent:
    """A service that cannot be reached."""

    async def call(self, method: str, path: str, **_: Any) -> Answer:
        """No answer."""
        raise Unavailable("The service cannot be reached.")


@asynccontextmanager
async def one_service(
    context: Context, database: TestDatabase, *, clock: Clock = utc_now, **others: Outbound
) -> AsyncIterator[OneService]:
    """A service, with whom it can reach; everybody else is absent."""
    pool = await Database.open(database.dsn(context.name), service=context.name, max_size=8)
    service = Service(
        context=context,
        database=pool,
        transactions=Transactions(pool, lambda: None, clock),
        outbound=lambda name: others.get(name, Absent()),
        settings=LiveSettings(context.settings),
        clock=clock,
    )
    service.app = create_app(
        service=context.name,
        title=context.title,
        description="",
        routers=list(context.routers),
        access=context.access,
        verifier=Verifier(_no_keys),
        ready=_ready,
        state={"service": service},
    )
    service.edge = Edge(service.app, service.app.routes, context.name)
    try:
        if context.start is not None:
            await context.start(service)
        yield OneService(context, service)
    finally:
        service.stopping.set()
        await pool.close()


def recorded(event: Event, position: int = 0) -> Recorded:
    """An event as read from the log."""
    trace = "0af7651916cd43dd8448eb211c80319c"
    return Recorded(position, event.TYPE, event.subject, datetime.now(UTC), trace, None, event)


def names(events: Sequence[Event]) -> list[str]:
    """The names of events."""
    return [type(event).__name__ for event in events]


async def _no_keys() -> dict[str, Any]:
    return {"keys": []}


async def _ready() -> str | None:
    return None
