"""What a running service has at hand, and what a request to it carries."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from comanda.kernel.clock import Clock, utc_now
from comanda.kernel.ids import new_trace
from comanda.messaging.consumer import Consumer
from comanda.messaging.reactions import Load, Reactions
from comanda.messaging.settings import LiveSettings, Setting
from comanda.messaging.unit_of_work import Transactions, UnitOfWork
from comanda.platform import idempotency
from comanda.platform.auth import Principal
from comanda.platform.database import Database
from comanda.platform.http.access import AccessTable
from comanda.platform.http.edge import TRACE
from comanda.platform.http.routing import PRINCIPAL
from comanda.platform.idempotency import StoredAnswer
from comanda.platform.outbound import Outbound

Task = Callable[["Service"], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Context:
    """A context's card: all that the runtime has to know of it.

    `make_load(service)` gives the function that loads the consumer's working set. `background` are tasks that run
    for as long as the service: workers of outside calls, sweepers. `pacing`: its backlog slows the intake. `linger_s`:
    how long its consumer may let events gather under load, where no order waits for what it does. `by_key`: all that
    it reads and writes, it finds by keys (see `connect`), as every consumer does.
    `start` runs once, before the service answers: caches, first rows; `stop` after its last request.
    """

    name: str
    title: str
    port: int
    routers: tuple[APIRouter, ...]
    access: AccessTable
    reactions: Reactions[Any] | None = None
    make_load: Callable[["Service"], Load] | None = None
    from_start: bool = False
    pacing: bool = False
    linger_s: float = 0.0
    by_key: bool = False
    settings: tuple[Setting, ...] = ()
    background: tuple[Task, ...] = ()
    start: Task | None = None
    stop: Task | None = None
    description: str = ""


@dataclass
class Service:
    """A running service: its database, its transactions, its settings, and how it reaches the others.

    `committed` is called after every batch of its consumer; a context sets it when it starts.
    """

    context: Context
    database: Database
    transactions: Transactions
    outbound: Callable[[str], Outbound]
    settings: LiveSettings
    clock: Clock = utc_now
    consumer: Consumer | None = None
    app: FastAPI | None = None
    edge: ASGIApp | None = None
    pacing_backlog: Callable[[], int] = lambda: 0
    pacing_current_for_s: Callable[[], float] = lambda: 0.0
    refuses: Callable[[], str | None] = lambda: None
    committed: Callable[[], None] = lambda: None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The context's name."""
        return self.context.name

    @asynccontextmanager
    async def begin(self, *, actor: str | None = None, trace: str | None = None) -> AsyncIterator[UnitOfWork]:
        """A unit of work of this service, with a trace of its own unless one is given."""
        async with self.transactions.begin(actor=actor, trace=new_trace() if trace is None else trace) as work:
            yield work

    async def pause(self, seconds: float) -> bool:
        """Wait, for the loop of a background task; True when the service is stopping."""
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Call:
    """One request: the service it came to, who is calling, and its trace."""

    service: Service
    request: Request
    principal: Principal
    trace: str

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[UnitOfWork]:
        """A unit of work in the caller's name: one request is one transaction, committed at the edge."""
        async with self.service.begin(actor=self.principal.actor, trace=self.trace) as work:
            yield work

    async def once(
        self,
        effect: Callable[[UnitOfWork], Awaitable[BaseModel | StoredAnswer]],
        *,
        status: int = 200,
        guest_scope: str = "",
    ) -> Response:
        """Run an effect in a transaction and answer its view; with an Idempotency-Key at most once.

        The same key and body get the same answer, another body 422, one still running 409. The scope is the
        principal and the route; for guests `guest_scope`. An effect that knows its own status answers a StoredAnswer.
        """
        key = self.request.headers.get("idempotency-key")
        if key is None:
            async with self.begin() as work:
                answer = _answer_of(await effect(work), status)
            return json_response(answer.body.encode(), answer.status)
        scope = f"{self.principal.actor}:{guest_scope}:{self.request.method} {self.request.url.path}"
        fingerprint = idempotency.request_hash(await self.request.body())
        async with self.begin() as work:
            known = await idempotency.claim(work.connection, scope, key, fingerprint)
            if known is None:
                known = _answer_of(await effect(work), status)
                await idempotency.store(work.connection, scope, key, known)
        return json_response(known.body.encode(), known.status)


def _answer_of(view: BaseModel | StoredAnswer, status: int) -> StoredAnswer:
    return view if isinstance(view, StoredAnswer) else StoredAnswer(status, view.model_dump_json())


def call_of(request: Request) -> Call:
    """The call that a request is."""
    scope = request.scope
    return Call(scope["app"].state.service, request, scope[PRINCIPAL], scope[TRACE])


async def _call(request: Request) -> Call:
    return call_of(request)


CallDep = Annotated[Call, Depends(_call)]
"""`async def endpoint(call: CallDep)`: FastAPI's way to the call."""

_encode = msgspec.json.Encoder().encode


def json_response(body: bytes | Mapping[str, Any] | msgspec.Struct, status: int = 200) -> Response:
    """A JSON answer from bytes or from something msgspec can encode."""
    content = body if isinstance(body, bytes) else _encode(body)
    return Response(content, status, media_type="application/json")
