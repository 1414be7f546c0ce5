"""The rebuild as a background job: asked for over HTTP, carried on after a restart, with its progress to look at.

Every piece commits with the job's cursor, so a killed process goes on where it stood. A second process that has taken
the same job finds the cursor moved and leaves it alone.
"""

import asyncio
from dataclasses import replace

import asyncpg
import structlog

from comanda.contexts.reporting import rebuild
from comanda.contexts.reporting.contract.views import RebuildView
from comanda.contexts.reporting.rebuild import Letters, ReportsDiffer
from comanda.kernel.errors import Conflict, NotFound
from comanda.messaging.log import Connection
from comanda.messaging.recorded import Cursor
from comanda.messaging.service import Service
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.database import is_transient

ASKED = "rebuild asked"
"""Where the service keeps the event that wakes the job."""

REMOVED_AT_ONCE = 5_000
RETRY_S = 1.0

_logger = structlog.get_logger(__name__)


class RebuildRunning(Conflict):
    """One rebuild at a time."""

    code = "rebuild-running"


class NoRebuild(NotFound):
    """The reports were never rebuilt."""

    code = "no-rebuild"


class _TakenElsewhere(Exception):
    """Another process works on the same job."""


async def ask(work: UnitOfWork) -> RebuildView:
    """Begin a rebuild. Raises RebuildRunning while there is one."""
    try:
        row = await work.connection.fetchrow(
            """
            insert into rebuilds (generation, requested_by)
            select greatest(
                (select generation from live),
                coalesce((select max(generation) from rebuilds), 0)
            ) + 1, $1
            returning *
            """,
            work.actor,
        )
    except asyncpg.UniqueViolationError as error:
        raise RebuildRunning("The reports are being rebuilt already.") from error
    return _view(row)


async def latest(connection: Connection) -> RebuildView:
    """The latest rebuild. Raises NoRebuild."""
    row = await connection.fetchrow("select * from rebuilds order by id desc limit 1")
    if row is None:
        raise NoRebuild("The reports were never rebuilt.")
    return _view(row)


def wake(service: Service) -> None:
    """A rebuild was asked for."""
    _asked(service).set()


async def work_off(service: Service) -> None:
    """Carry on with the rebuild that is running, then wait for the next; and remove what is shown no more."""
    asked, stopping = _asked(service), asyncio.ensure_future(service.stopping.wait())
    while not service.stopping.is_set():
        asked.clear()
        try:
            await _carry_on(service)
            await _remove_old(service)
        except Exception as error:
            _logger.warning("rebuild.retry", error=str(error), exc_info=not is_transient(error))
            await service.pause(RETRY_S)
            continue
        waiting = asyncio.ensure_future(asked.wait())
        await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
    stopping.cancel()


def _asked(service: Service) -> asyncio.Event:
    event: asyncio.Event = service.state.setdefault(ASKED, asyncio.Event())
    return event


async def _carry_on(service: Service) -> None:
    """Work on the running job until it is done, has failed, or the service stops."""
    async with service.database.acquire() as connection:
        job = await connection.fetchrow("select * from rebuilds where status = 'running'")
    if job is None:
        return
    try:
        await _rebuild(service, job)
    except ReportsDiffer as error:
        await _fail(service, job["id"], str(error))
    except _TakenElsewhere:
        _logger.warning("rebuild.taken_elsewhere", id=job["id"])
    except Exception as error:
        if is_transient(error):
            raise
        _logger.exception("rebuild.failed", id=job["id"])
        await _fail(service, job["id"], f"{type(error).__name__}: {error}")


async def _rebuild(service: Service, job: asyncpg.Record) -> None:
    async with service.database.acquire() as connection:
        skipped = await rebuild.without_effect(connection)
        at = _stored_cursor(job) or await rebuild.first_cursor(connection)
    if job["seen"] == "":
        await _start_over(service, job["id"], job["generation"])
    while not service.stopping.is_set():
        async with service.begin() as work:
            live = await rebuild.live_cursor(work.connection)
            reached = await step(work, job, at, live, skipped)
        if reached is None:
            if await _swap(service, job, at, skipped):
                return
            skipped, at = await _begin_again(service, job)
            continue
        at = reached


async def step(work: UnitOfWork, job: asyncpg.Record, at: Cursor, live: Cursor, skipped: Letters) -> Cursor | None:
    """One piece, committed with the job's cursor; None: nothing is left before the live cursor."""
    piece = await rebuild.next_piece(work.connection, at, live)
    if piece is None:
        return None
    events, reached = piece
    await rebuild.fold(work.connection, job["generation"], reached.era, events, skipped, work.now)
    reached = replace(reached, n=at.n + 1)
    await _save(work.connection, job, at, reached, live, len(events))
    return reached


async def _swap(service: Service, job: asyncpg.Record, at: Cursor, skipped: Letters) -> bool:
    """Hold the live consumer, read the rest, compare, and show the rebuilt generation.

    False: a letter was replayed or discarded meanwhile, so what was skipped is no longer what has had no effect.
    """
    async with service.begin() as work:
        connection = work.connection
        shown: int = await connection.fetchval("select generation from live for update")
        if await rebuild.without_effect(connection) != skipped:
            return False
        live = await rebuild.live_cursor(connection)
        while (reached := await step(work, job, at, live, skipped)) is not None:
            at = reached
        differing = await rebuild.differences(connection, shown, job["generation"])
        await connection.execute("update live set generation = $1", job["generation"])
        await connection.execute(
            """
            update rebuilds
            set status = 'done', progress = 1, differences = $2, finished_at = $3
            where id = $1
            """,
            job["id"],
            len(differing),
            work.now,
        )
    _logger.info("rebuild.done", differences=len(differing), some=differing[:10])
    return True


async def _begin_again(service: Service, job: asyncpg.Record) -> tuple[Letters, Cursor]:
    await _start_over(service, job["id"], job["generation"])
    async with service.database.acquire() as connection:
        return await rebuild.without_effect(connection), await rebuild.first_cursor(connection)


async def _start_over(service: Service, job_id: str, generation: int) -> None:
    """Forget what was rebuilt so far."""
    more = True
    while more:
        async with service.begin() as work:
            more = await rebuild.remove(work.connection, generation, REMOVED_AT_ONCE)
    async with service.begin() as work:
        await work.connection.execute(
            "update rebuilds set seen = '', n = 0, events = 0, progress = 0 where id = $1", job_id
        )


async def _save(
    connection: Connection, job: asyncpg.Record, before: Cursor, at: Cursor, live: Cursor, events: int
) -> None:
    """Store the job's cursor. Raises _TakenElsewhere if it is no longer where this process left it."""
    updated = await connection.execute(
        """
        update rebuilds
        set era = $3, seen = $4, upto = $5, position = $6, last = $7, n = n + 1, events = events + $8,
            progress = greatest(progress, $9)
        where id = $1
        and status = 'running'
        and n = $2
        """,
        job["id"],
        before.n,
        at.era,
        at.seen,
        at.upto,
        at.position,
        at.last,
        events,
        _progress(at, live),
    )
    if updated != "UPDATE 1":
        raise _TakenElsewhere


def _progress(at: Cursor, live: Cursor) -> float:
    if at.era != live.era or not live.last:
        return 0.0
    return min(1.0, at.position / live.last)


def _stored_cursor(job: asyncpg.Record) -> Cursor | None:
    if not job["seen"]:
        return None
    return Cursor(rebuild.CONSUMER, job["era"], job["seen"], job["upto"], job["position"], job["last"], job["n"])


async def _fail(service: Service, job_id: str, error: str) -> None:
    async with service.begin() as work:
        await work.connection.execute(
            """
            update rebuilds
            set status = 'failed', error = $2, finished_at = $3
            where id = $1
            and status = 'running'
            """,
            job_id,
            error,
            work.now,
        )


async def _remove_old(service: Service) -> None:
    """Delete, in pieces, every generation that is neither shown nor being rebuilt."""
    async with service.database.acquire() as connection:
        old = [
            row["generation"]
            for row in await connection.fetch(
                """
                select generation
                from (select generation from rebuilds where status <> 'running' union values (1)) known
                where generation <> (select generation from live)
                and exists (select from orders o where o.generation = known.generation)
                """
            )
        ]
    for generation in old:
        more = True
        while more and not service.stopping.is_set():
            async with service.begin() as work:
                more = await rebuild.remove(work.connection, generation, REMOVED_AT_ONCE)


def _view(row: asyncpg.Record | None) -> RebuildView:
    assert row is not None
    shown = RebuildView.model_fields.keys()
    return RebuildView(**{name: value for name, value in row.items() if name in shown})
