"""The keys that tokens are signed with."""

import asyncio
from datetime import timedelta

import pytest

from comanda.contexts.profiling.contract.client import ProfilingClient
from comanda.contexts.profiling.signing_keys import issue_token, published_keys, signing_key
from comanda.kernel.errors import Unauthenticated
from comanda.platform.auth import Verifier
from comanda.platform.database import connect
from tests.contexts.profiling.desk import Desk
from tests.support.database import Database


async def test_a_token_made_on_the_database_is_trusted_by_whoever_has_the_published_keys(desk: Desk) -> None:
    verifier = Verifier(ProfilingClient(desk.profiling.outbound("profiling")).jwks)
    async with desk.profiling.database.acquire() as connection:
        token = await issue_token(connection, "staff", "7", ["customers.read"], 60)
    principal = await verifier.principal(token)
    assert (principal.role, principal.id, principal.permissions) == ("staff", "7", frozenset({"customers.read"}))
    assert (await desk.with_token(token)("GET", "/customers")).status_code == 200


async def test_the_first_key_is_made_once_however_many_ask(database: Database) -> None:
    connections = [await connect(database.dsn("profiling"), service="profiling") for _ in range(4)]
    try:
        keys = await asyncio.gather(*(signing_key(connection) for connection in connections))
        assert len({key.kid for key in keys}) == 1
        (published,) = (await published_keys(connections[0]))["keys"]
        assert published["kid"] == keys[0].kid
        assert "d" not in published
    finally:
        for connection in connections:
            await connection.close()


async def test_the_command_line_issues_a_token_as_superuser(database: Database) -> None:
    connection = await connect(database.superuser_dsn, service="messaging")
    try:
        assert (await issue_token(connection, "admin", None, [], 60)).count(".") == 2
    finally:
        await connection.close()


async def test_a_key_that_signs_no_more_is_trusted_until_its_time(desk: Desk) -> None:
    async with desk.profiling.database.acquire() as connection:
        old = await issue_token(connection, "admin", "1", [], 3_600)
        await connection.execute("update signing_keys set not_after = now() + $1", timedelta(hours=1))
        new = await issue_token(connection, "admin", "1", [], 3_600)
        verifier = Verifier(ProfilingClient(desk.profiling.outbound("profiling")).jwks)
        assert [(await verifier.principal(token)).id for token in (old, new)] == ["1", "1"]

        await connection.execute("update signing_keys set not_after = now() where not_after > now()")
        later = Verifier(ProfilingClient(desk.profiling.outbound("profiling")).jwks)
        assert (await later.principal(new)).id == "1"
        with pytest.raises(Unauthenticated):
            await later.principal(old)
