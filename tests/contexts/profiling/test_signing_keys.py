"""The keys that tokens are signed with."""

import asyncio
import json
from base64 import urlsafe_b64decode
from typing import Any

from joserfc.jwk import OKPKey

from comanda.contexts.profiling.contract.client import ProfilingClient
from comanda.contexts.profiling.key_rotation import rotate_once
from comanda.contexts.profiling.signing_keys import issue_token, published_keys, rotate, signing_key
from comanda.kernel.errors import Unauthenticated
from comanda.platform.auth import Verifier, sign
from comanda.platform.database import connect
from comanda.platform.published_keys import PublishedKeys
from tests.contexts.profiling.desk import ADA, Desk
from tests.support.database import Database
from tests.support.services import ADMIN


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


async def test_a_new_key_is_published_before_it_signs_and_the_old_one_is_trusted_until_its_last_token_ends(
    desk: Desk,
) -> None:
    first = (await desk.visit(ADMIN)("GET", "/signing-keys")).json()["items"][0]
    assert first["signs"] and first["trusted_until"] is None
    added = await desk.visit(ADMIN)("POST", "/signing-keys", {})
    assert added.status_code == 201 and not added.json()["signs"]
    published = await desk.visit()("GET", "/.well-known/jwks.json")
    assert {key["kid"] for key in published.json()["keys"]} == {first["kid"], added.json()["kid"]}

    await desk.register(ADA)
    old = (await desk.sign_in(ADA))["access_token"]
    assert _kid(old) == first["kid"]
    await _its_turn(desk, added.json()["kid"])
    new = (await desk.sign_in(ADA))["access_token"]
    assert _kid(new) == added.json()["kid"]
    for token in (old, new):
        assert (await desk.with_token(token)("GET", "/customers/me")).status_code == 200
    newest, retired = (await desk.visit(ADMIN)("GET", "/signing-keys")).json()["items"]
    assert (newest["signs"], retired["signs"]) == (True, False)
    assert retired["trusted_until"] > newest["signs_from"]


async def test_a_key_is_published_until_the_longest_of_its_tokens_ends(desk: Desk) -> None:
    async with desk.profiling.database.acquire() as connection:
        before = await issue_token(connection, "staff", "1", ["*"], 90 * 86_400)
        async with connection.transaction():
            await rotate(connection)
        during = await issue_token(connection, "staff", "1", ["*"], 200 * 86_400)
        assert _kid(before) == _kid(during)
        remaining = await connection.fetchval(
            "select extract(day from not_after - now())::int from signing_keys where kid = $1", _kid(before)
        )
    assert remaining in (199, 200)


async def test_revoking_ends_every_token_at_once_and_sessions_go_on(desk: Desk) -> None:
    await desk.register(ADA)
    session = await desk.sign_in(ADA)
    assert (await desk.with_token(session["access_token"])("GET", "/customers/me")).status_code == 200
    await desk.visit(ADMIN)("POST", "/signing-keys", {"revoke_others": True})
    assert (await desk.with_token(session["access_token"])("GET", "/customers/me")).status_code == 401
    fresh = await desk.visit()("POST", "/sessions/refresh", {"refresh_token": session["refresh_token"]})
    assert (await desk.with_token(fresh.json()["access_token"])("GET", "/customers/me")).status_code == 200


async def test_keys_are_rotated_when_they_are_old_and_forgotten_when_they_are_over(desk: Desk) -> None:
    await rotate_once(desk.profiling)
    assert len(await desk.rows("select 1 from signing_keys")) == 1
    async with desk.profiling.database.acquire() as connection:
        await connection.execute("update signing_keys set signs_from = signs_from - interval '91 days'")
    await asyncio.gather(*(rotate_once(desk.profiling) for _ in range(4)))
    assert len(await desk.rows("select 1 from signing_keys")) == 2
    async with desk.profiling.database.acquire() as connection:
        await connection.execute(
            "update signing_keys set not_after = now() - interval '2 days' where not_after > now()"
        )
    await rotate_once(desk.profiling)
    assert len(await desk.rows("select 1 from signing_keys")) == 1
    assert await desk.published() == ["SigningKeyAdded"]


async def test_unknown_keys_do_not_load_the_issuer(desk: Desk) -> None:
    """A thousand made-up keys cause one look at the published ones, and none while that was just done."""
    loads = 0

    async def counted() -> dict[str, Any]:
        nonlocal loads
        loads += 1
        async with desk.profiling.database.acquire() as connection:
            return await published_keys(connection)

    verifier = Verifier(counted)
    made_up = OKPKey.generate_key("Ed25519", {"kid": "of-nowhere"})
    tokens = [sign(made_up, role="admin", subject=str(number), lifetime_s=60) for number in range(1_000)]
    found = await asyncio.gather(*(verifier.principal(token) for token in tokens), return_exceptions=True)
    assert {type(one) for one in found} == {Unauthenticated}
    assert loads == 1


async def test_keys_are_looked_at_again_for_an_unknown_one_after_a_while(desk: Desk) -> None:
    async def load() -> dict[str, Any]:
        async with desk.profiling.database.acquire() as connection:
            return await published_keys(connection)

    keys = PublishedKeys(load, lambda: None, unknown_again_s=0.0)
    async with desk.profiling.database.acquire() as connection:
        first = await signing_key(connection)
        assert await keys.key(str(first.kid)) is not None
        async with connection.transaction():
            kid = await rotate(connection)
    assert await keys.key(kid) is not None
    assert await keys.key("of-nowhere") is None


def _kid(token: str) -> str:
    head = token.partition(".")[0]
    kid: str = json.loads(urlsafe_b64decode(head + "=="))["kid"]
    return kid


async def _its_turn(desk: Desk, kid: str) -> None:
    """The minutes before a key signs are over."""
    async with desk.profiling.database.acquire() as connection:
        await connection.execute("update signing_keys set signs_from = now() where kid = $1", kid)
