"""The pool of one service, and which of its errors are worth another try."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from comanda.platform.database import Database, connect, is_statement_timeout, is_transient
from tests.support.database import Database as Clone


@pytest.fixture
async def ordering(database: Clone) -> AsyncIterator[Database]:
    opened = await Database.open(database.dsn("ordering"), service="ordering", max_size=3)
    yield opened
    opened.terminate()


async def test_uuids_are_text_in_and_out(ordering: Database) -> None:
    ids = [str(uuid4()) for _ in range(3)]
    async with ordering.acquire() as connection:
        assert await connection.fetchval("select $1::uuid", ids[0]) == ids[0]
        assert await connection.fetchval("select $1::uuid[]", ids) == ids
        rows = await connection.fetch("select id from unnest($1::uuid[]) as given (id)", ids)
        assert [row["id"] for row in rows] == ids
        assert await connection.fetchval("select $1::uuid[]", [ids[0], None]) == [ids[0], None]


async def test_json_is_text_and_times_are_aware(ordering: Database) -> None:
    async with ordering.acquire() as connection:
        assert await connection.fetchval("""select '{"a": 1}'::jsonb""") == '{"a": 1}'
        assert await connection.fetchval("select $1::json", '{"b":2}') == '{"b":2}'
        noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
        assert await connection.fetchval("select $1::timestamptz", noon) == noon


async def test_the_session_is_bounded_and_at_home_in_its_schema(ordering: Database) -> None:
    async with ordering.acquire() as connection:
        names = ["search_path", "lock_timeout", "statement_timeout", "application_name", "TimeZone"]
        settings = [await connection.fetchval("select current_setting($1)", name) for name in names]
        assert settings == ["ordering", "5s", "30s", "comanda ordering", "UTC"]
        assert await connection.fetchval("show idle_in_transaction_session_timeout") == "30s"
        assert await connection.fetchval("select current_schema()") == "ordering"


async def test_a_new_connection_is_shown_to_whoever_asked(database: Clone) -> None:
    seen: list[int] = []

    async def look(connection: asyncpg.Connection) -> None:
        seen.append(connection.get_server_pid())

    opened = await Database.open(database.dsn("ordering"), service="ordering", min_size=1, on_connect=look)
    assert len(seen) == 1
    await opened.close()


async def test_a_transaction_left_open_does_not_reach_the_next_user(ordering: Database) -> None:
    with pytest.raises(RuntimeError):
        async with ordering.acquire() as connection, connection.transaction():
            await connection.execute("create table ordering.half_done ()")
            raise RuntimeError
    async with ordering.acquire() as connection:
        assert await connection.fetchval("select to_regclass('ordering.half_done')") is None


async def test_a_lost_connection_is_transient_and_the_pool_recovers(database: Clone, ordering: Database) -> None:
    root = await asyncpg.connect(database.superuser_dsn)
    with pytest.raises(Exception) as lost:
        async with ordering.acquire() as connection:
            await root.execute("select pg_terminate_backend($1)", connection.get_server_pid())
            await connection.fetchval("select 1")
    await root.close()
    assert is_transient(lost.value)
    async with ordering.acquire() as connection:
        assert await connection.fetchval("select 1") == 1


async def test_a_connection_lost_between_preparing_a_statement_and_executing_it_is_transient(database: Clone) -> None:
    connection = await asyncpg.connect(database.superuser_dsn)
    statement = asyncio.ensure_future(connection.fetchval("select 4711"))
    while (waits_for := statement._fut_waiter) is None or not waits_for.done():  # type: ignore[attr-defined]  # noqa: ASYNC110
        await asyncio.sleep(0)  # one step of the loop: the moment between the halves is as short
    connection.terminate()
    with pytest.raises(AttributeError) as lost:
        await statement
    assert is_transient(lost.value)


async def test_built_in_types_are_asked_about_once_a_process(database: Clone) -> None:
    arrays = "select $1::uuid[], $2::int[], $3::timestamptz[]"
    given = [[str(uuid4())], [1], [datetime(2026, 7, 1, 12, tzinfo=UTC)]]
    asked = []
    for _ in range(2):
        connection = await connect(database.dsn("ordering"), service="ordering")
        told: list[str] = []
        connection.add_query_logger(lambda record, told=told: told.append(record.query))
        row = await connection.fetchrow(arrays, *given)
        assert row is not None and list(row) == given
        await connection.close()
        asked.append(told)
    assert asked[1] == [arrays]


async def test_an_array_is_a_list_or_a_tuple_and_nothing_else(ordering: Database) -> None:
    async with ordering.acquire() as connection:
        for array in ([1, None, 3], (1, None, 3), []):
            assert await connection.fetchval("select $1::int[]", array) == list(array)
        assert await connection.fetchval("select $1::text[]", [["a", "b"], ["c", "d"]]) == [["a", "b"], ["c", "d"]]
        for other in ({1, 2}, {1: 2}.keys(), "12", iter([1])):
            with pytest.raises(asyncpg.DataError, match="a sized iterable container expected"):
                await connection.fetchval("select $1::int[]", other)


async def test_types_of_our_own_are_asked_about_in_every_database(database: Clone) -> None:
    for kinds in ("'one'", "'one', 'two'"):
        connection = await connect(database.superuser_dsn, service="ordering")
        await connection.execute(f"drop type if exists kind; create type kind as enum ({kinds})")
        assert await connection.fetchval("select array['one']::kind[]") == ["one"]
        await connection.close()


async def test_a_mistake_of_our_own_is_not_transient() -> None:
    nothing: Any = None
    with pytest.raises(AttributeError) as mistake:
        nothing.execute("select 1")
    assert not is_transient(mistake.value)


async def test_a_lock_that_does_not_come_is_transient(database: Clone, ordering: Database) -> None:
    async with ordering.acquire() as first, ordering.acquire() as second:
        await first.execute("create table ordering.wanted (id int primary key)")
        async with first.transaction():
            await first.execute("lock table ordering.wanted")
            with pytest.raises(asyncpg.LockNotAvailableError) as refused:
                async with second.transaction():
                    await second.execute("set local lock_timeout = '20ms'")
                    await second.execute("select 1 from ordering.wanted")
    assert is_transient(refused.value)


async def test_a_deadlock_is_transient(ordering: Database) -> None:
    async with ordering.acquire() as first, ordering.acquire() as second:
        await first.execute(
            "create table ordering.pair (id int primary key); insert into ordering.pair values (1), (2)"
        )
        held = asyncio.Barrier(2)

        async def lock_both(connection: asyncpg.pool.PoolConnectionProxy, one: int, other: int) -> None:
            async with connection.transaction():
                await connection.execute("select 1 from ordering.pair where id = $1 for update", one)
                await held.wait()
                await connection.execute("select 1 from ordering.pair where id = $1 for update", other)

        both = await asyncio.gather(lock_both(first, 1, 2), lock_both(second, 2, 1), return_exceptions=True)
    errors = [error for error in both if error is not None]
    assert len(errors) == 1
    assert isinstance(errors[0], asyncpg.DeadlockDetectedError)
    assert is_transient(errors[0])


async def test_a_statement_timeout_is_its_own_case(ordering: Database) -> None:
    async with ordering.acquire() as connection:
        with pytest.raises(asyncpg.QueryCanceledError) as slow:
            async with connection.transaction():
                await connection.execute("set local statement_timeout = '10ms'")
                await connection.execute("select pg_sleep(10)")
    assert is_statement_timeout(slow.value)
    assert not is_transient(slow.value)


async def test_a_session_ended_for_idling_is_transient(ordering: Database) -> None:
    async with ordering.acquire() as connection:
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _: ended.set())
        with pytest.raises(Exception) as gone:
            async with connection.transaction():
                await connection.execute("set local idle_in_transaction_session_timeout = '10ms'")
                await asyncio.wait_for(ended.wait(), 10)
                await connection.execute("select 1")
    assert is_transient(gone.value)


@pytest.mark.parametrize(
    ("statement", "arguments"),
    [
        ("select 1 / $1::int", [0]),
        ("select $1::int", ["not a number"]),
        ("select $1::uuid", ["not a uuid"]),
        ("select * from ordering.no_such_table", []),
        ("create table billing.not_mine ()", []),
    ],
)
async def test_what_is_wrong_with_data_or_program_is_not_transient(
    ordering: Database, statement: str, arguments: list[object]
) -> None:
    async with ordering.acquire() as connection:
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)) as wrong:
            await connection.execute(statement, *arguments)
    assert not is_transient(wrong.value)
    assert not is_statement_timeout(wrong.value)


def test_what_cannot_be_reached_is_transient() -> None:
    assert is_transient(ConnectionRefusedError())
    assert is_transient(TimeoutError())
    assert is_transient(asyncpg.ConnectionDoesNotExistError())
    assert is_transient(asyncpg.InterfaceError("connection is closed"))
    assert is_transient(asyncpg.TooManyConnectionsError())
    assert is_transient(asyncpg.AdminShutdownError())
    assert is_transient(asyncpg.CannotConnectNowError())
    assert not is_transient(asyncpg.UniqueViolationError())
    assert not is_transient(KeyError("sku"))


async def test_a_connection_of_ones_own_can_listen(database: Clone) -> None:
    listener = await connect(database.dsn("ordering"), service="ordering")
    heard = asyncio.Event()

    async def hear(*_: object) -> None:
        heard.set()

    await listener.add_listener("bell", hear)
    await listener.execute("select pg_notify('bell', '')")
    await asyncio.wait_for(heard.wait(), 10)
    await listener.close()
