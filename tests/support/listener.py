"""A consumer that writes down what it hears, in a schema of its own, to be held against what was said."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import asyncpg

from comanda.kernel.clock import utc_now
from comanda.kernel.event import Event
from comanda.messaging import eras, log
from comanda.messaging.consumer import Consumer
from comanda.messaging.reactions import Reactions
from comanda.messaging.reader import Reader
from comanda.messaging.recorded import Outgoing, Recorded
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.database import connect

T = TypeVar("T")


class Said(Event, version=1, subject="speaker"):
    """A speaker said their next number."""

    speaker: str
    number: int


class Echoed(Event, version=1, subject="speaker"):
    """A listener heard it and said so."""

    speaker: str
    number: int
    by: str


TABLES = """
    create schema listener;
    create table listener.speakers (
        speaker text primary key,
        number int not null default 0
    );
    create table listener.heard (
        consumer text not null,
        heard bigint generated always as identity,
        position bigint not null,
        speaker text not null,
        number int not null
    );
"""


@dataclass
class Notes:
    """The working set: what the batch heard. A number below 0 is one its reaction, or the flush, cannot bear."""

    consumer: str
    cause: Recorded = field(init=False)
    rows: list[tuple[int, str, int]] = field(default_factory=list)

    async def flush(self, work: UnitOfWork) -> None:
        """Write down what was heard."""
        await work.connection.execute(
            """
            insert into listener.heard (consumer, position, speaker, number)
            select $1, position, speaker, number
            from unnest($2::bigint[], $3::text[], $4::int[]) as heard (position, speaker, number)
            where 1 / (number + 1000) is not null
            """,
            self.consumer,
            [row[0] for row in self.rows],
            [row[1] for row in self.rows],
            [row[2] for row in self.rows],
        )


CANNOT_REACT = -1
CANNOT_FLUSH = -1000
"""Numbers that break the reaction, or (a division by zero) the flush."""


def listening(*, echo: bool = False) -> Reactions[Notes]:
    """Reactions that write down every Said."""
    reactions: Reactions[Notes] = Reactions()

    @reactions.to(Said)
    def hear(event: Said, notes: Notes) -> Iterator[Event]:
        if event.number == CANNOT_REACT:
            raise ValueError("cannot bear to hear this")
        notes.rows.append((notes.cause.position, event.speaker, event.number))
        if echo:
            yield Echoed(speaker=event.speaker, number=event.number, by=notes.consumer)

    return reactions


class Hall:
    """A database with a log, a reader and listeners, and ways to speak."""

    def __init__(self, dsn: str, *, poll_s: float = 0.05) -> None:
        self.dsn = dsn
        self.reader = Reader(lambda: connect(dsn, service="messaging"), poll_s=poll_s)
        self.listeners: list[Consumer] = []
        self._tasks: list[asyncio.Task[None]] = []

    def listener(
        self,
        name: str,
        *,
        reactions: Reactions[Notes] | None = None,
        on_load: Callable[[Sequence[Recorded]], Awaitable[None]] | None = None,
        from_start: bool = True,
    ) -> Consumer:
        """A consumer that is not running yet. `on_load` is awaited inside each batch's transaction."""

        async def load(work: UnitOfWork, events: Sequence[Recorded]) -> Notes:
            if on_load is not None:
                await on_load(events)
            return Notes(name)

        consumer = Consumer(
            name,
            reactions or listening(),
            load,
            lambda: connect(self.dsn, service="messaging"),
            self.reader,
            from_start=from_start,
        )
        self.listeners.append(consumer)
        return consumer

    def run(self, *consumers: Consumer) -> None:
        """Start these consumers, and the reader if it does not run yet."""
        if not self._tasks:
            self._tasks.append(asyncio.create_task(self.reader.run()))
        self._tasks.extend(asyncio.create_task(consumer.run()) for consumer in consumers)

    async def close(self) -> None:
        """Stop everything."""
        for consumer in self.listeners:
            await consumer.stop()
        await self.reader.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection of the test's own."""
        connection = await connect(self.dsn, service="messaging")
        try:
            yield connection
        finally:
            await connection.close()

    async def say(self, connection: asyncpg.Connection, speaker: str, numbers: Sequence[int]) -> None:
        """Say numbers in one transaction, without the speakers' own count."""
        async with connection.transaction():
            await log.append(connection, [Outgoing(Said(speaker=speaker, number=n), "", None) for n in numbers])
        self.reader.wake()

    async def say_next(self, connection: asyncpg.Connection, speaker: str) -> None:
        """Say the speaker's next number, inside the caller's transaction, with the speaker's row locked."""
        number = await connection.fetchval(
            "update listener.speakers set number = number + 1 where speaker = $1 returning number", speaker
        )
        work = UnitOfWork(connection, utc_now())
        work.publish(Said(speaker=speaker, number=number))
        await log.append(connection, work.outgoing)

    async def heard(self, consumer: str) -> dict[str, list[int]]:
        """What a listener has written down, by speaker, in the order of writing."""
        async with self.connection() as connection:
            rows = await connection.fetch(
                """
                select speaker, array_agg(number order by heard) as numbers
                from listener.heard
                where consumer = $1
                group by speaker
                """,
                consumer,
            )
        return {row["speaker"]: list(row["numbers"]) for row in rows}

    async def spoken(self) -> dict[str, list[int]]:
        """What each speaker has said for good."""
        async with self.connection() as connection:
            rows = await connection.fetch("select speaker, number from listener.speakers where number > 0")
        return {row["speaker"]: list(range(1, row["number"] + 1)) for row in rows}

    async def until_heard(self, consumer: str, expected: dict[str, list[int]], seconds: float = 60.0) -> None:
        """Wait until a listener has written down as much as was said; then it must be exactly that."""
        wanted = sum(map(len, expected.values()))
        await until(lambda: self._count(consumer), lambda count: count >= wanted, seconds)
        assert await self.heard(consumer) == expected

    async def _count(self, consumer: str) -> int:
        async with self.connection() as connection:
            count = await connection.fetchval("select count(*) from listener.heard where consumer = $1", consumer)
        return int(count)


async def until(look: Callable[[], Awaitable[T]], good: Callable[[T], bool], seconds: float = 30.0) -> T:
    """Look again and again until what is seen is good. Raises AssertionError with what was seen last."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        seen = await look()
        if good(seen):
            return seen
        assert asyncio.get_running_loop().time() < deadline, f"still {seen!r} after {seconds} s"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def hall(dsn: str, speakers: int = 0) -> AsyncIterator[Hall]:
    """A hall in a fresh database of the superuser's, with speakers `0`, `1` …"""
    connection = await connect(dsn, service="messaging")
    await connection.execute(TABLES)
    await connection.executemany(
        "insert into listener.speakers (speaker) values ($1)", [(str(index),) for index in range(speakers)]
    )
    await eras.establish(connection)
    await connection.close()
    place = Hall(dsn)
    try:
        yield place
    finally:
        await place.close()
