"""Accounts of staff, their roles, and the admin who is always there."""

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from typing import Any

import pytest

from comanda.contexts.administering.card import card as administering
from comanda.contexts.profiling.card import card as profiling
from comanda.contexts.profiling.reset_password import send_links_once
from comanda.contexts.profiling.staff import ensure_first_admin
from tests.contexts.profiling.desk import ADA, BOB, Desk
from tests.support.database import Database
from tests.support.services import ADMIN, STAFF, running
from tests.support.visitors import Visitor

EVE = {"email": "eve@comanda.example", "password": "a long enough one"}


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


async def _member(desk: Desk, person: dict[str, str] = EVE, *, roles: list[str]) -> dict[str, Any]:
    answer = await desk.visit(ADMIN)("POST", "/staff", {**person, "roles": roles})
    assert answer.status_code == 201, answer.text
    member: dict[str, Any] = answer.json()
    return member


async def _signed_in(desk: Desk, person: dict[str, str] = EVE) -> Visitor:
    return desk.with_token((await desk.sign_in(person))["access_token"])


@pytest.fixture
async def supporters(desk: Desk) -> Desk:
    """A desk whose staff may have the role `support`: see customers."""
    body = {"permissions": ["customers.read"], "description": "Helps customers."}
    assert (await desk.visit(ADMIN)("PUT", "/roles/support", body)).status_code == 200
    return desk


async def test_staff_sign_in_like_customers_and_may_what_their_roles_allow(supporters: Desk) -> None:
    await _member(supporters, roles=["support"])
    tokens = await supporters.sign_in(EVE)
    assert tokens["expires_in"] == 300
    claims = _claims(tokens["access_token"])
    assert (claims["role"], claims["permissions"]) == ("staff", ["customers.read"])
    eve = supporters.with_token(tokens["access_token"])
    assert (await eve("GET", "/customers")).status_code == 200
    assert (await eve("PUT", "/customers/1/status", {"status": "vip"})).status_code == 403
    assert (await eve("GET", "/staff")).status_code == 403
    assert (await eve("GET", "/staff/me")).json()["roles"] == ["support"]


async def test_a_password_that_nobody_chose_is_shown_once_and_due_to_be_changed(supporters: Desk) -> None:
    made = await supporters.visit(ADMIN)("POST", "/staff", {"email": EVE["email"], "roles": ["support"]})
    given = made.json()["one_time_password"]
    assert len(given) >= 20 and made.json()["password_change_due"]
    eve = await _signed_in(supporters, {**EVE, "password": given})
    listed = await supporters.visit(ADMIN)("GET", f"/staff/{made.json()['id']}")
    assert "one_time_password" not in listed.json()
    body = {"password": given, "new_password": EVE["password"]}
    assert (await eve("PUT", "/staff/me/password", body)).status_code == 204
    assert not (await eve("GET", "/staff/me")).json()["password_change_due"]
    assert (await supporters.visit()("POST", "/sessions", {**EVE, "password": given})).status_code == 401
    await supporters.sign_in(EVE)


async def test_only_admins_change_staff_and_roles(supporters: Desk) -> None:
    eve = await _member(supporters, roles=["support"])
    for method, path, body in (
        ("POST", "/staff", {"email": "x@comanda.example"}),
        ("PATCH", f"/staff/{eve['id']}", {"roles": ["admin"]}),
        ("PUT", f"/staff/{eve['id']}/password", {}),
        ("DELETE", f"/staff/{eve['id']}", None),
        ("PUT", "/roles/support", {"permissions": ["*"]}),
        ("DELETE", "/roles/support", None),
    ):
        assert (await supporters.visit(STAFF)(method, path, body)).status_code == 403, (method, path)


async def test_disabled_staff_are_signed_out_and_cannot_sign_in(supporters: Desk) -> None:
    eve = await _member(supporters, roles=["support"])
    session = await supporters.sign_in(EVE)
    assert (await supporters.visit(ADMIN)("PATCH", f"/staff/{eve['id']}", {"disabled": True})).status_code == 200
    refused = await supporters.visit()("POST", "/sessions/refresh", {"refresh_token": session["refresh_token"]})
    assert refused.status_code == 401
    signing_in = await supporters.visit()("POST", "/sessions", EVE)
    unknown = await supporters.visit()("POST", "/sessions", BOB)
    assert (signing_in.status_code, signing_in.json()) == (401, unknown.json())
    await supporters.visit(ADMIN)("PATCH", f"/staff/{eve['id']}", {"disabled": False})
    await supporters.sign_in(EVE)


async def test_a_change_of_role_is_in_force_with_the_next_token(supporters: Desk) -> None:
    await _member(supporters, roles=["support"])
    session = await supporters.sign_in(EVE)
    await supporters.visit(ADMIN)("PUT", "/roles/support", {"permissions": ["orders.read"]})
    fresh = await supporters.visit()("POST", "/sessions/refresh", {"refresh_token": session["refresh_token"]})
    assert _claims(fresh.json()["access_token"])["permissions"] == ["orders.read"]


async def test_the_last_admin_cannot_be_removed_demoted_or_disabled(desk: Desk) -> None:
    root = await _member(desk, roles=["admin"])
    admin = await _signed_in(desk)
    path = f"/staff/{root['id']}"
    for method, body in (("DELETE", None), ("PATCH", {"roles": []}), ("PATCH", {"disabled": True})):
        answer = await admin(method, path, body)
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:comanda:problem:last-admin")
    assert (await admin("GET", "/staff/me")).json()["roles"] == ["admin"]


async def test_of_many_admins_removed_at_once_one_stays(desk: Desk) -> None:
    people = [{"email": f"admin{n}@comanda.example", "password": "a long enough one"} for n in range(6)]
    members = [await _member(desk, person, roles=["admin"]) for person in people]
    moves: list[tuple[str, Any]] = [("DELETE", None), ("PATCH", {"roles": []}), ("PATCH", {"disabled": True})] * 2
    answers = await asyncio.gather(
        *(
            desk.visit(ADMIN)(method, f"/staff/{member['id']}", body)
            for member, (method, body) in zip(members, moves, strict=True)
        )
    )
    assert [answer.status_code for answer in answers].count(409) == 1
    (left,) = await desk.rows(
        "select staff_id from staff_roles join staff on id = staff_id where role = 'admin' and disabled_at is null"
    )
    assert left["staff_id"] in {member["id"] for member in members}


async def test_an_email_signs_in_to_one_account_whoever_comes_first(desk: Desk) -> None:
    await desk.register(ADA)
    body = {**ADA, "roles": ["admin"]}
    assert (await desk.visit(ADMIN)("POST", "/staff", body)).status_code == 409
    await _member(desk, EVE, roles=["admin"])
    await desk.register({**EVE, "password": "another password"})
    assert await desk.rows("select 1 from customers where email_key = $1", EVE["email"]) == []
    await desk.sign_in(EVE)


async def test_a_customer_and_staff_who_take_an_email_at_once_do_not_both_get_it(desk: Desk) -> None:
    people = [{"email": f"both{n}@example.org", "password": "a long enough one"} for n in range(10)]
    for person in people:
        registered, added = await asyncio.gather(
            desk.visit()("POST", "/customers", person), desk.visit(ADMIN)("POST", "/staff", person)
        )
        assert registered.status_code == 201 and added.status_code in (201, 409)
        rows = await desk.rows(
            """
            select email_key from customers where email_key = $1
            union all
            select email_key from staff where email_key = $1
            """,
            person["email"],
        )
        assert len(rows) == 1


async def test_roles_are_made_of_permissions_that_there_are(desk: Desk) -> None:
    unknown = await desk.visit(ADMIN)("PUT", "/roles/x", {"permissions": ["customers.fly"]})
    assert (unknown.status_code, unknown.json()["unknown"]) == (422, ["customers.fly"])
    names = [one["name"] for one in (await desk.visit(ADMIN)("GET", "/permissions")).json()["items"]]
    assert "customers.read" in names
    assert (await desk.visit(ADMIN)("POST", "/staff", {**EVE, "roles": ["nobody"]})).status_code == 422


async def test_a_role_that_somebody_has_stays_and_admin_always(supporters: Desk) -> None:
    eve = await _member(supporters, roles=["support", "admin"])
    assert (await supporters.visit(ADMIN)("DELETE", "/roles/support")).status_code == 409
    await supporters.visit(ADMIN)("PATCH", f"/staff/{eve['id']}", {"roles": ["admin"]})
    assert (await supporters.visit(ADMIN)("DELETE", "/roles/support")).status_code == 204
    assert (await supporters.visit(ADMIN)("GET", "/roles/support")).status_code == 404
    assert (await supporters.visit(ADMIN)("DELETE", "/roles/admin")).status_code == 409
    assert (await supporters.visit(ADMIN)("PUT", "/roles/admin", {"permissions": []})).status_code == 409


async def test_the_first_admin_is_made_once_however_many_start(desk: Desk) -> None:
    made = await asyncio.gather(*(ensure_first_admin(desk.profiling, "admin@comanda.example", None) for _ in range(5)))
    (password,) = [one for one in made if one is not None]
    admin = await _signed_in(desk, {"email": "admin@comanda.example", "password": password})
    assert (await admin("GET", "/staff/me")).json()["password_change_due"]
    assert await ensure_first_admin(desk.profiling, "other@comanda.example", "a long enough one") is None


async def test_staff_do_not_get_passwords_by_mail(desk: Desk) -> None:
    await _member(desk, roles=["admin"])
    assert (await desk.visit()("POST", "/password-resets", {"email": EVE["email"]})).status_code == 202
    while await desk.rows("select 1 from password_reset_requests"):
        await send_links_once(desk.profiling)
    assert await desk.secrets() == []


@pytest.fixture
async def audited(database: Database) -> AsyncIterator[Desk]:
    """Profiling, and who keeps the audit log."""
    async with running(database, [profiling, administering]) as services:
        yield Desk(services)


async def test_everything_that_is_done_to_accounts_of_staff_is_in_the_audit_log(audited: Desk) -> None:
    desk = audited
    await _member(desk, {"email": "root@comanda.example", "password": "a long enough one"}, roles=["admin"])
    root = await _signed_in(desk, {"email": "root@comanda.example", "password": "a long enough one"})
    me = (await root("GET", "/staff/me")).json()["id"]
    await root("PUT", "/roles/support", {"permissions": ["customers.read"]})
    eve = (await root("POST", "/staff", {**EVE, "roles": ["support"]})).json()["id"]
    await root("PATCH", f"/staff/{eve}", {"roles": []})
    await root("PUT", f"/staff/{eve}/password", {})
    await root("DELETE", f"/staff/{eve}")
    await root("DELETE", "/roles/support")
    expected = ["RoleDefined", "StaffAdded", "StaffChanged", "StaffPasswordSet", "StaffRemoved", "RoleRemoved"]
    kept: list[str] = []
    async with asyncio.timeout(15):
        while len(kept) < len(expected):
            listed = await audited.services.call("administering", ADMIN)(
                "GET", "/audit-log", query={"actor": f"admin:{me}"}
            )
            kept = [entry["type"] for entry in reversed(listed.json()["items"])]
    assert kept == expected
