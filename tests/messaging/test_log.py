"""The log: whatever commits is read, once, and in the order in which rows were locked."""

import asyncio
import random

import asyncpg
import pytest

from comanda.messaging import eras
from comanda.platform.database import connect
from tests.support.database import Database
from tests.support.listener import Hall, Said, hall

EVENTS = 12_000
WRITERS = 12
SPEAKERS = 15


class _ChangedItsMind(Exception):
    pass


async def _fight(place: Hall, dice: random.Random, share: int) -> None:
    """One writer: mostly commits, sometimes rolls back, rolls back to a savepoint, or is killed on the way."""
    connection = await connect(place.dsn, service="messaging")
    for _ in range(share):
        if connection.is_closed():
            connection = await connect(place.dsn, service="messaging")
        speakers = sorted(dice.sample(range(SPEAKERS), dice.randint(1, 3)))
        fate = dice.random()
        try:
            async with connection.transaction():
                for speaker in speakers:
                    await place.say_next(connection, str(speaker))
                if fate < 0.1:
                    raise _ChangedItsMind
                if fate < 0.2:
                    try:
                        async with connection.transaction():
                            await place.say_next(connection, str(speakers[-1]))
                            raise _ChangedItsMind
                    except _ChangedItsMind:
                        pass
                if fate > 0.99:
                    await connection.execute("select pg_terminate_backend(pg_backend_pid())")
            place.reader.wake()
        except (_ChangedItsMind, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            pass
    if not connection.is_closed():
        await connection.close()


async def test_writers_that_fight_over_rows_have_nothing_skipped_doubled_or_inverted(database: Database) -> None:
    dice = random.Random(7)
    async with hall(database.superuser_dsn, SPEAKERS) as place:
        place.run(place.listener("early"), place.listener("second"))
        await asyncio.gather(
            *(_fight(place, random.Random(dice.random()), EVENTS // WRITERS // 2) for _ in range(WRITERS))
        )
        said = await place.spoken()
        assert sum(map(len, said.values())) > EVENTS // 2
        late = place.listener("late")
        place.run(late)
        for name in ("early", "second", "late"):
            await place.until_heard(name, said)


async def test_a_transaction_that_commits_late_is_not_skipped(database: Database) -> None:
    async with hall(database.superuser_dsn) as place, place.connection() as slow, place.connection() as quick:
        place.run(place.listener("early"))
        waiting = slow.transaction()
        await waiting.start()
        await slow.execute(
            "insert into messaging.log (type, subject, data) values ($1, 'slow', $2)",
            Said.TYPE,
            '{"speaker":"slow","number":1}',
        )
        await place.say(quick, "quick", [1, 2, 3])
        await place.until_heard("early", {"quick": [1, 2, 3]})
        await waiting.commit()
        await place.until_heard("early", {"quick": [1, 2, 3], "slow": [1]})


async def test_one_window_of_half_a_million_events_is_read_in_pieces(database: Database) -> None:
    async with hall(database.superuser_dsn) as place, place.connection() as connection:
        place.run(place.listener("early"))
        await place.say(connection, "before", [1])
        await place.until_heard("early", {"before": [1]})
        await connection.execute(
            """
            insert into messaging.log (type, subject, data)
            select $1, (n % 100)::text, json_build_object('speaker', (n % 100)::text, 'number', n / 100 + 1)
            from generate_series(0, 499999) n
            order by n
            """,
            Said.TYPE,
            timeout=120,
        )
        place.reader.wake()
        everyone = {str(speaker): list(range(1, 5_001)) for speaker in range(100)} | {"before": [1]}
        await place.until_heard("early", everyone, seconds=120)


async def test_another_life_of_the_cluster_begins_a_new_era_and_readers_finish_the_old_one(database: Database) -> None:
    async with hall(database.superuser_dsn) as place, place.connection() as connection:
        first = place.listener("early")
        place.run(first)
        await place.say(connection, "old", [1])
        await place.until_heard("early", {"old": [1]})
        await place.close()
        await place.say(connection, "old", [2])
        # What a restored dump looks like: the rows are there, the transaction ids mean nothing any more.
        await connection.execute("update messaging.eras set system_identifier = 'another cluster'")
        assert await eras.establish(connection) == 2
        assert await eras.establish(connection) == 2
        await place.say(connection, "new", [1])
        again = Hall(place.dsn)
        again.run(again.listener("early"))
        try:
            await again.until_heard("early", {"old": [1, 2], "new": [1]})
        finally:
            await again.close()


async def test_a_connection_to_another_cluster_is_refused(database: Database) -> None:
    async with hall(database.superuser_dsn) as place, place.connection() as connection:
        guard = eras.Guard(("another cluster", 1))
        with pytest.raises(eras.WrongDatabase):
            await guard.check(connection)
