"""Paying on a real database, read to batch by batch: no log reader, so that a test decides what comes when."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.types import Receive, Scope, Send

from comanda.contexts.paying.built_in_provider import BuiltInProvider
from comanda.contexts.paying.card import card
from comanda.contexts.paying.provider import Provider
from comanda.contexts.paying.till import make_load, open_till, till_of
from comanda.kernel.errors import Unavailable
from comanda.kernel.event import Event
from comanda.messaging.intent_worker import IntentWorker, Pace
from comanda.messaging.reactions import Reload
from comanda.messaging.recorded import Recorded
from comanda.messaging.service import Service
from comanda.messaging.settings import LiveSettings
from comanda.messaging.unit_of_work import Transactions
from comanda.platform.auth import Principal, Verifier
from comanda.platform.database import Database
from comanda.platform.http.app import create_app
from comanda.platform.http.edge import Edge
from comanda.platform.outbound import Answer, Outbound
from tests.support.database import Database as TestDatabase

STAFF = Principal("staff", "7", frozenset({"*"}))
EAGER = Pace(first_wait_s=0.0)
TRACE = "0af7651916cd43dd8448eb211c80319c"


class Paying:
    """The running service, and the events it has published so far."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._load = make_load(service)

    async def read(self, *events: Event) -> list[Event]:
        """Let the service react to a batch. Answers what it published."""
        batch = [recorded(event, position) for position, event in enumerate(events)]
        while True:
            try:
                async with self.service.begin() as work:
                    payments = await self._load(work, batch)
                    for item in batch:
                        for event in card.reactions.react(item, payments):  # type: ignore[union-attr]
                            work.publish(event)
                    await payments.flush(work)
                    return [outgoing.event for outgoing in work.outgoing]
            except Reload:
                continue

    @property
    def worker(self) -> IntentWorker[Any, Any, Any]:
        """The worker that calls the provider."""
        return till_of(self.service).worker

    async def call_provider(self) -> int:
        """Make all calls that are due, and those that they bring about."""
        return await self.worker.work_off()

    async def published(self, *orders: str) -> list[str]:
        """The names of what was published, in order, without `PaymentIntentCreated`."""
        rows = await self.rows(
            """
            select split_part(type, '.', 3) as name, data
            from messaging.log
            where type like 'comanda.paying.%'
            and type not like '%PaymentIntentCreated%'
            and (subject = any ($1) or cardinality($1::text[]) = 0)
            order by position
            """,
            list(orders),
        )
        return [row["name"] for row in rows]

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        """What a query finds, as the service's role."""
        async with self.service.database.acquire() as connection:
            return list(await connection.fetch(query, *arguments))

    async def row(self, query: str, *arguments: Any) -> Any:
        """The one row that a query finds."""
        (found,) = await self.rows(query, *arguments)
        return found

    async def payment(self, order_id: str) -> Any:
        """An order's payment as it is stored."""
        return await self.row("select * from payment_intents where order_id = $1", order_id)

    def client(self, principal: Principal = STAFF) -> httpx.AsyncClient:
        """An HTTP client in somebody's name."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(self._as(principal)), base_url="http://paying")

    def _as(self, principal: Principal) -> Any:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            assert self.service.edge is not None
            await self.service.edge({**scope, "comanda.principal": principal}, receive, send)

        return app


class Absent:
    """A service that cannot be reached."""

    async def call(self, method: str, path: str, **_: Any) -> Answer:
        """No answer."""
        raise Unavailable("The service cannot be reached.")


@asynccontextmanager
async def running(
    database: TestDatabase, provider: Provider | None = None, pace: Pace = EAGER, **others: Outbound
) -> AsyncIterator[Paying]:
    """Paying, with whom it can reach. Its worker works when the test says so, and waits for nothing."""
    pool = await Database.open(database.dsn("paying"), service="paying", max_size=12)
    service = Service(
        context=card,
        database=pool,
        transactions=Transactions(pool, lambda: None),
        outbound=lambda name: others.get(name, Absent()),
        settings=LiveSettings(card.settings),
        pacing_current_for_s=lambda: 3600.0,
    )
    service.app = create_app(
        service="paying",
        title="Paying",
        description="",
        routers=list(card.routers),
        access=card.access,
        verifier=Verifier(_no_keys),
        ready=_ready,
        state={"service": service},
    )
    service.edge = Edge(service.app, service.app.routes, "paying")
    open_till(service, provider or BuiltInProvider(pool), pace)
    try:
        assert card.start is not None
        await card.start(service)
        yield Paying(service)
    finally:
        service.stopping.set()
        await pool.close()


async def _no_keys() -> dict[str, Any]:
    return {"keys": []}


async def _ready() -> str | None:
    return None


def recorded(event: Event, position: int = 0) -> Recorded:
    """An event as read from the log."""
    return Recorded(position, event.TYPE, event.subject, datetime.now(UTC), TRACE, None, event)


async def eventually(check: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so; raises TimeoutError after ten seconds."""
    async with asyncio.timeout(10):
        while True:
            if await check():
                return
            await asyncio.sleep(0.01)


def names(events: Sequence[Event]) -> list[str]:
    """The names of events."""
    return [type(event).__name__ for event in events]
