"""The fixture that every test with a database stands on."""

import asyncpg
import pytest

from tests.support.database import Database


@pytest.mark.parametrize("run", [1, 2])
async def test_every_test_gets_an_empty_database_of_its_own(database: Database, run: int) -> None:
    connection = await asyncpg.connect(database.dsn("ordering"))
    try:
        await connection.execute("create table ordering.left_behind ()")
        assert await connection.fetchval("select current_database()") == database.name
        assert await connection.fetchval("select count(*) from messaging.log") == 0
    finally:
        await connection.close()
