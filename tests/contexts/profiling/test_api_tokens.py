"""API tokens: made by whoever has signed in, accepted by every service, never good for more than their owner."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from comanda.contexts.administering.card import card as administering
from comanda.contexts.profiling.card import card as profiling
from comanda.kernel.errors import TooMany, Unauthenticated
from comanda.platform.api_tokens import KnownApiTokens, is_well_formed, new_token
from comanda.platform.auth import Principal
from tests.contexts.profiling.desk import ADA, BOB, Desk
from tests.support.database import Database
from tests.support.services import ADMIN, STAFF, running
from tests.support.visitors import Visitor

EVE = {"email": "eve@comanda.example", "password": "a long enough one"}
ROOT = {"email": "root@comanda.example", "password": "a long enough one"}


async def _customer(desk: Desk, person: dict[str, str] = ADA) -> Visitor:
    await desk.register(person)
    return desk.with_token((await desk.sign_in(person))["access_token"])


async def _staff(desk: Desk, person: dict[str, str], *permissions: str) -> Visitor:
    """A member of staff with these permissions; an admin without any named."""
    role = "some" if permissions else "admin"
    if permissions:
        await desk.visit(ADMIN)("PUT", "/roles/some", {"permissions": list(permissions)})
    await desk.visit(ADMIN)("POST", "/staff", {**person, "roles": [role]})
    return desk.with_token((await desk.sign_in(person))["access_token"])


async def _made(visitor: Visitor, **wanted: Any) -> dict[str, Any]:
    answer = await visitor("POST", "/api-tokens", {"name": "a program", **wanted})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def _forget(desk: Desk) -> None:
    """The seconds for which an answer counts are over."""
    assert desk.profiling.app is not None
    desk.profiling.app.state.verifier._api_tokens._known.clear()


async def test_a_customers_token_is_the_customer_but_for_the_account_itself(desk: Desk) -> None:
    ada = await _customer(desk)
    token = (await _made(ada))["token"]
    program = desk.with_token(token)
    assert token.startswith("cmd_") and is_well_formed(token)
    assert (await program("GET", "/customers/me")).json()["email"] == ADA["email"]
    assert (await program("GET", "/customers")).status_code == 403
    for method, path in (
        ("GET", "/api-tokens"),
        ("POST", "/api-tokens"),
        ("GET", "/sessions"),
        ("DELETE", "/sessions"),
    ):
        assert (await program(method, path, {"name": "x"} if method == "POST" else None)).status_code == 403


async def test_a_token_is_shown_once_and_kept_as_a_hash(desk: Desk) -> None:
    ada = await _customer(desk)
    made = await _made(ada, name="the till")
    listed = (await ada("GET", "/api-tokens")).json()["items"]
    assert [one["name"] for one in listed] == ["the till"] and "token" not in listed[0]
    kept = str(await desk.rows("select * from api_tokens")) + str(
        await desk.rows("select data::text from messaging.log")
    )
    assert made["token"] not in kept and made["token"][4:40] not in kept


async def test_a_token_of_staff_may_what_it_was_made_for_and_its_owner_still_may(desk: Desk) -> None:
    eve = await _staff(desk, EVE, "customers.read", "orders.read")
    program = desk.with_token((await _made(eve, permissions=["customers.read"]))["token"])
    all_of_hers = desk.with_token((await _made(eve, permissions=["orders.read", "customers.read"]))["token"])
    assert (await program("GET", "/customers")).status_code == 200
    assert (await program("GET", "/staff")).status_code == 403
    await desk.visit(ADMIN)("PUT", "/roles/some", {"permissions": ["orders.read"]})
    _forget(desk)
    assert (await program("GET", "/customers")).status_code == 403
    assert (await all_of_hers("GET", "/customers")).status_code == 403


async def test_nobody_hands_out_more_than_they_have(desk: Desk) -> None:
    ada, eve, root = await _customer(desk), await _staff(desk, EVE, "customers.read"), await _staff(desk, ROOT)
    for visitor, wanted in (
        (ada, {"role": "staff"}),
        (ada, {"role": "admin"}),
        (ada, {"permissions": ["orders.read"]}),
        (eve, {"role": "admin"}),
        (eve, {"role": "customer"}),
        (eve, {"permissions": ["customers.write"]}),
        (eve, {"permissions": ["*"]}),
        (root, {"role": "customer"}),
    ):
        answer = await visitor("POST", "/api-tokens", {"name": "x", **wanted})
        assert answer.status_code == 403, wanted
    assert (await root("POST", "/api-tokens", {"name": "x", "permissions": ["can.fly"]})).status_code == 422
    assert (await _made(root, role="admin"))["role"] == "admin"
    assert (await _made(root, permissions=["orders.read"]))["role"] == "staff"
    assert (await desk.visit(STAFF)("POST", "/api-tokens", {"name": "x"})).status_code == 403


async def test_a_demoted_admins_token_is_no_admins_any_more(desk: Desk) -> None:
    root = await _staff(desk, ROOT)
    await _staff(desk, EVE)
    program = desk.with_token((await _made(root, role="admin"))["token"])
    assert (await program("PUT", "/roles/x", {"permissions": []})).status_code == 200
    me = (await root("GET", "/staff/me")).json()["id"]
    await desk.visit(ADMIN)("PATCH", f"/staff/{me}", {"roles": []})
    _forget(desk)
    assert (await program("PUT", "/roles/x", {"permissions": []})).status_code == 403
    await desk.visit(ADMIN)("PATCH", f"/staff/{me}", {"disabled": True})
    _forget(desk)
    assert (await program("GET", "/staff")).status_code == 401


async def test_revoked_and_expired_tokens_are_refused(desk: Desk) -> None:
    ada = await _customer(desk)
    revoked, expired = await _made(ada), await _made(ada, expires_in_days=1)
    for made in (revoked, expired):
        assert (await desk.with_token(made["token"])("GET", "/customers/me")).status_code == 200
    assert (await ada("DELETE", f"/api-tokens/{revoked['id']}")).status_code == 204
    desk.travel(timedelta(days=1))
    _forget(desk)
    for made in (revoked, expired):
        assert (await desk.with_token(made["token"])("GET", "/customers/me")).status_code == 401
    assert (await desk.published())[-3:] == ["ApiTokenAdded", "ApiTokenAdded", "ApiTokenRevoked"]


async def test_tokens_of_others_are_as_if_they_were_not_there_but_admins_end_them(desk: Desk) -> None:
    ada, bob, root = await _customer(desk), await _customer(desk, BOB), await _staff(desk, ROOT)
    made = await _made(ada)
    path = f"/api-tokens/{made['id']}"
    for method, body in (("GET", None), ("PATCH", {"name": "mine"}), ("DELETE", None)):
        assert (await bob(method, path, body)).status_code == 404
    assert (await bob("GET", f"/api-tokens?owner={made['owner']}")).status_code == 403
    assert [one["id"] for one in (await root("GET", f"/api-tokens?owner={made['owner']}")).json()["items"]] == [
        made["id"]
    ]
    assert (await ada("PATCH", path, {"name": "renamed"})).json()["name"] == "renamed"
    assert (await root("DELETE", path)).status_code == 204


async def test_an_account_that_is_gone_makes_no_tokens(desk: Desk) -> None:
    await _staff(desk, ROOT)
    eve = await _staff(desk, EVE)
    me = (await eve("GET", "/staff/me")).json()["id"]
    made = await _made(eve)
    await desk.visit(ADMIN)("DELETE", f"/staff/{me}")
    assert (await eve("POST", "/api-tokens", {"name": "x"})).status_code == 401
    assert (await desk.with_token(made["token"])("GET", "/staff")).status_code == 401


async def test_it_is_noted_when_a_token_was_used(desk: Desk) -> None:
    ada = await _customer(desk)
    made = await _made(ada)
    assert made["last_used_at"] is None
    await desk.with_token(made["token"])("GET", "/customers/me")
    (listed,) = (await ada("GET", "/api-tokens")).json()["items"]
    assert listed["last_used_at"] is not None


async def test_an_account_has_so_many_tokens_however_many_ask_at_once(desk: Desk) -> None:
    ada = await _customer(desk)
    answers = await asyncio.gather(*(ada("POST", "/api-tokens", {"name": "x"}) for _ in range(60)))
    assert sorted(answer.status_code for answer in answers) == [201] * 50 + [409] * 10


async def test_many_who_show_one_token_cause_one_question_and_guesses_are_limited() -> None:
    asked: list[str] = []
    good = new_token()

    async def introspect(token: str) -> Principal | None:
        asked.append(token)
        await asyncio.sleep(0)
        return Principal("customer", "1") if token == good else None

    tokens = KnownApiTokens(introspect)
    found = await asyncio.gather(*(tokens.principal(good, "192.0.2.1") for _ in range(100)))
    assert {one.id for one in found} == {"1"} and asked == [good]
    for malformed in ("cmd_", "cmd_" + "x" * 51, good[:-1] + ("0" if good[-1] != "0" else "1")):
        with pytest.raises(Unauthenticated):
            await tokens.principal(malformed, "192.0.2.1")
    assert asked == [good], "what is no token is refused without asking"
    for _ in range(20):
        with pytest.raises(Unauthenticated):
            await tokens.principal(new_token(), "192.0.2.1")
    with pytest.raises(TooMany):
        await tokens.principal(new_token(), "192.0.2.1")
    assert len(asked) == 21
    assert (await tokens.principal(good, "192.0.2.1")).id == "1", "who is known is not kept out"
    with pytest.raises(Unauthenticated):
        await tokens.principal(new_token(), "192.0.2.2")


@pytest.fixture
async def both(database: Database) -> AsyncIterator[Desk]:
    """Profiling, and another service."""
    async with running(database, [profiling, administering]) as services:
        yield Desk(services)


async def test_another_service_takes_the_token_and_the_audit_log_names_its_owner(both: Desk) -> None:
    root = await _staff(both, ROOT)
    me = (await root("GET", "/staff/me")).json()["id"]
    token = (await _made(root, permissions=["settings.read", "settings.write"]))["token"]
    edge = both.services.process.services["administering"].edge
    assert edge is not None
    program = Visitor(edge, headers={"Authorization": f"Bearer {token}"})
    assert (await program("GET", "/settings")).status_code == 200
    assert (await program("GET", "/audit-log")).status_code == 403
    changed = await program("PUT", "/settings/profiling.session_days", {"value": 20})
    assert changed.status_code == 200, changed.text
    (event,) = await both.rows("select actor from messaging.log where type like '%SettingChanged%'")
    assert event["actor"] == f"staff:{me}"
