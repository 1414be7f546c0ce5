"""A consumer: every event with its effect exactly once, whatever fails."""

import asyncio
from collections.abc import Sequence

import pytest

from comanda.messaging import dead_letters
from comanda.messaging.batch import ReplayFailed
from comanda.messaging.reader import Feed
from comanda.messaging.recorded import Recorded, Window
from tests.support.database import Database
from tests.support.listener import CANNOT_FLUSH, CANNOT_REACT, Hall, hall, listening, until


async def _letters(place: Hall, consumer: str) -> list[dead_letters.DeadLetter]:
    async with place.connection() as connection:
        return await dead_letters.list_letters(connection, consumer=consumer)


async def _cursor(place: Hall, consumer: str) -> tuple[int, int]:
    async with place.connection() as connection:
        row = await connection.fetchrow("select consumed, applied from messaging.cursors where consumer = $1", consumer)
    return (row["consumed"], row["applied"]) if row else (0, 0)


@pytest.mark.parametrize("unbearable", [CANNOT_REACT, CANNOT_FLUSH])
async def test_an_event_that_cannot_be_handled_is_parked_with_its_subject_and_the_rest_goes_on(
    database: Database, unbearable: int
) -> None:
    async with hall(database.superuser_dsn) as place, place.connection() as connection:
        async with connection.transaction():
            for index in range(60):
                await place.say(connection, f"good {index % 7}", [index])
            await place.say(connection, "bad", [1, unbearable, 3])
            for index in range(60, 100):
                await place.say(connection, f"good {index % 7}", [index])
        place.run(place.listener("listener"))
        await place.say(connection, "bad", [4])
        good = {f"good {speaker}": [n for n in range(100) if n % 7 == speaker] for speaker in range(7)}
        await place.until_heard("listener", good | {"bad": [1]})
        parked = await until(lambda: _letters(place, "listener"), lambda letters: len(letters) == 3)
        assert {letter.subject for letter in parked} == {"bad"}
        assert "earlier event" in parked[0].reason and "earlier event" in parked[1].reason
        assert "cannot bear" in parked[2].reason or "division by zero" in parked[2].reason
        assert await _cursor(place, "listener") == (104, 101)


async def test_a_replayed_letter_has_its_effect_and_frees_its_subject(database: Database) -> None:
    async with hall(database.superuser_dsn) as place, place.connection() as connection:
        broken = {"yes": True}

        async def load(events: Sequence[Recorded]) -> None:
            if broken["yes"] and any(recorded.subject == "bad" for recorded in events):
                raise ValueError("not today")

        consumer = place.listener("listener", on_load=load)
        place.run(consumer)
        await place.say(connection, "bad", [1, 2])
        await until(lambda: _letters(place, "listener"), lambda letters: len(letters) == 2)
        with pytest.raises(ReplayFailed, match="not today"):
            await consumer.replay("bad", "staff:1")
        broken["yes"] = False
        assert await consumer.replay("bad", "staff:1") == 2
        await place.say(connection, "bad", [3])
        await place.until_heard("listener", {"bad": [1, 2, 3]})
        assert await _letters(place, "listener") == []
        assert await _cursor(place, "listener") == (3, 3)


async def test_a_discarded_letter_is_gone_for_good_and_its_subject_goes_on(database: Database) -> None:
    async with hall(database.superuser_dsn) as place, place.connection() as connection:
        consumer = place.listener("listener")
        place.run(consumer)
        await place.say(connection, "bad", [CANNOT_REACT])
        letters = await until(lambda: _letters(place, "listener"), lambda letters: len(letters) == 1)
        assert await consumer.discard(letters[0].id, "staff:1")
        assert not await consumer.discard(letters[0].id, "staff:1")
        await place.say(connection, "bad", [2])
        await place.until_heard("listener", {"bad": [2]})


async def test_a_bad_release_stops_its_consumer_instead_of_parking_every_order(database: Database) -> None:
    async with hall(database.superuser_dsn) as place, place.connection() as connection:
        consumer = place.listener("listener")
        other = place.listener("other", reactions=listening())
        place.run(consumer)
        async with connection.transaction():
            for index in range(40):
                await place.say(connection, f"speaker {index}", [CANNOT_REACT])

        async def reason() -> str | None:
            return consumer.stopped_because

        await until(reason, lambda why: why is not None)
        assert len(await _letters(place, "listener")) <= 21
        assert other.stopped_because is None


async def test_a_newer_version_of_an_event_stops_the_consumer_instead_of_being_passed_over(database: Database) -> None:
    async with hall(database.superuser_dsn) as place, place.connection() as connection:
        consumer = place.listener("listener")
        place.run(consumer)
        await connection.execute(
            "insert into messaging.log (type, subject, data) values ('comanda.listener.Said.v2', 'a', '{}')"
        )

        async def reason() -> str | None:
            return consumer.stopped_because

        assert "v2" in str(await until(reason, lambda why: why is not None))


async def test_an_event_that_cannot_be_decoded_parks(database: Database) -> None:
    async with hall(database.superuser_dsn) as place, place.connection() as connection:
        place.run(place.listener("listener"))
        await connection.execute(
            """insert into messaging.log (type, subject, data) values ('comanda.listener.Said.v1', 'a', '{"odd": 1}')"""
        )
        letters = await until(lambda: _letters(place, "listener"), lambda letters: len(letters) == 1)
        assert "cannot be decoded" in letters[0].reason


async def test_a_consumer_that_falls_behind_detaches_and_joins_again_while_others_run_on(database: Database) -> None:
    async with hall(database.superuser_dsn, speakers=10) as place, place.connection() as connection:
        gate = asyncio.Event()

        async def wait(_: Sequence[Recorded]) -> None:
            await gate.wait()

        slow, quick = place.listener("slow", on_load=wait), place.listener("quick")
        place.run(slow, quick)
        for _ in range(30):
            async with connection.transaction():
                for speaker in range(10):
                    for _ in range(100):
                        await place.say_next(connection, str(speaker))
            place.reader.wake()
        said = await place.spoken()
        assert sum(map(len, said.values())) == 30_000
        await place.until_heard("quick", said)

        async def attached() -> bool:
            return slow.feed.attached

        await until(attached, lambda is_attached: not is_attached)
        gate.set()
        await place.until_heard("slow", said)
        await until(attached, lambda is_attached: is_attached)


async def test_backends_killed_under_reader_and_consumers_lose_nothing(database: Database) -> None:
    async with hall(database.superuser_dsn, speakers=10) as place, place.connection() as connection:
        place.run(place.listener("one"), place.listener("two", reactions=listening(echo=True)))
        for round_ in range(20):
            async with connection.transaction():
                for speaker in range(10):
                    await place.say_next(connection, str(speaker))
            place.reader.wake()
            if round_ % 4 == 3:
                await connection.execute(
                    """
                    select pg_terminate_backend(pid)
                    from pg_stat_activity
                    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
                    """
                )
        said = await place.spoken()
        await place.until_heard("one", said)
        await place.until_heard("two", said)
        echoes = await connection.fetchval(
            "select count(*) from messaging.log where type = 'comanda.listener.Echoed.v1'"
        )
        assert echoes == sum(map(len, said.values()))


async def test_a_statement_that_took_too_long_ends_neither_reader_nor_consumer(database: Database) -> None:
    waiting = "select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    async with hall(database.superuser_dsn) as place, place.connection() as connection:
        first, late = place.listener("first"), place.listener("late")
        place.run(first)
        await place.say(connection, "a", [1])
        await place.until_heard("first", {"a": [1]})
        async with place.connection() as other, connection.transaction():
            await connection.execute("lock table messaging.log")
            place.run(late)
            place.reader.wake()

            async def held() -> list[int]:
                return [row["pid"] for row in await other.fetch(waiting)]

            for pid in await until(held, lambda pids: len(pids) >= 1):
                await other.execute("select pg_cancel_backend($1)", pid)
        await place.say(connection, "a", [2])
        for listener in ("first", "late"):
            await place.until_heard(listener, {"a": [1, 2]})
        assert (first.stopped_because, late.stopped_because) == (None, None)


async def test_two_processes_with_the_same_consumer_never_apply_an_event_twice(database: Database) -> None:
    async with hall(database.superuser_dsn, speakers=5) as place, place.connection() as connection:
        twin = Hall(place.dsn)
        place.run(place.listener("listener"))
        twin.run(twin.listener("listener"))
        try:
            for _ in range(50):
                async with connection.transaction():
                    for speaker in range(5):
                        await place.say_next(connection, str(speaker))
                place.reader.wake()
                twin.reader.wake()
            await place.until_heard("listener", await place.spoken())
        finally:
            await twin.close()


async def test_a_process_whose_reader_lags_does_not_apply_what_another_has_applied(database: Database) -> None:
    async with hall(database.superuser_dsn) as place, place.connection() as connection:
        lagging = Hall(place.dsn, poll_s=60)
        try:
            lagging.run()

            async def boundary() -> str | None:
                return lagging.reader.boundary

            await until(boundary, lambda seen: seen is not None)
            ahead, behind = place.listener("listener"), lagging.listener("listener")
            place.run(ahead)
            await place.say(connection, "a", [1, 2, 3])
            await place.until_heard("listener", {"a": [1, 2, 3]})
            lagging.run(behind)

            async def joined() -> bool:
                return behind.current

            await until(joined, bool)
            await ahead.stop()
            await lagging.say(connection, "a", [4])
            await place.until_heard("listener", {"a": [1, 2, 3, 4]})
        finally:
            await lagging.close()


async def test_a_new_consumer_starts_now_unless_it_is_declared_to_start_with_the_first_event(
    database: Database,
) -> None:
    async with hall(database.superuser_dsn) as place, place.connection() as connection:
        await place.say(connection, "old", [1, 2])
        new, rebuilt = place.listener("new", from_start=False), place.listener("rebuilt")
        place.run(new, rebuilt)
        await place.until_heard("rebuilt", {"old": [1, 2]})

        async def current() -> bool:
            return new.current

        await until(current, bool)
        await place.say(connection, "young", [1])
        await place.until_heard("new", {"young": [1]})
        await place.until_heard("rebuilt", {"old": [1, 2], "young": [1]})


def _window(low: int, high: int) -> Window:
    return Window(f"{low}:{low}:", f"{high}:{high}:", low, high, (), high - low)


def _recorded(position: int) -> Recorded:
    from comanda.kernel.clock import utc_now

    return Recorded(position, "comanda.listener.Said.v1", "a", utc_now(), "", None, None)


def test_a_feed_merges_windows_that_hold_nothing_for_its_consumer() -> None:
    feed = Feed("listener", ["comanda.listener.Said.v1"])
    assert feed.offer(_window(1, 5), [])
    assert feed.passed == ("5:5:", 5)
    assert feed.offer(_window(5, 9), [_recorded(6)])
    assert feed.offer(_window(9, 12), [])
    windows = feed.take(1000)
    assert [(window.seen, window.upto, window.high) for window in windows] == [("5:5:", "12:12:", 12)]


def test_a_full_feed_refuses_and_the_consumer_is_left_to_catch_up() -> None:
    feed = Feed("listener", ["comanda.listener.Said.v1"])
    taken = 0
    while feed.offer(_window(taken, taken + 1), [_recorded(taken)] * 100):
        taken += 1
    assert taken == 200
