"""Another password, another e-mail."""

import asyncio
from typing import Any

from tests.contexts.profiling.desk import ADA, BOB, Desk
from tests.support.visitors import Visitor

NEW_EMAIL = "ada.lovelace@example.org"


async def _signed_in(desk: Desk, person: dict[str, str] = ADA) -> Visitor:
    await desk.register(person)
    return desk.with_token((await desk.sign_in(person))["access_token"])


async def _asked(desk: Desk, visitor: Visitor, email: str, password: str = ADA["password"]) -> Any:
    before = len(await desk.secrets())
    answer = await visitor("POST", "/customers/me/email-changes", {"email": email, "password": password})
    assert answer.status_code == 202, answer.text
    return (await desk.mailed(before + 1))[-1]


async def test_a_password_is_changed_with_the_present_one_and_ends_other_sessions(desk: Desk) -> None:
    await desk.register(ADA)
    here, there = await desk.sign_in(ADA), await desk.sign_in(ADA)
    body = {"password": ADA["password"], "new_password": "a better battery"}
    assert (await desk.with_token(here["access_token"])("PUT", "/customers/me/password", body)).status_code == 204
    other = await desk.visit()("POST", "/sessions/refresh", {"refresh_token": there["refresh_token"]})
    own = await desk.visit()("POST", "/sessions/refresh", {"refresh_token": here["refresh_token"]})
    assert (other.status_code, own.status_code) == (401, 200)
    await desk.sign_in({**ADA, "password": "a better battery"})


async def test_a_wrong_present_password_changes_nothing_and_counts_as_a_guess(desk: Desk) -> None:
    ada = await _signed_in(desk)
    body = {"password": "wrong", "new_password": "a better battery"}
    answers = [(await ada("PUT", "/customers/me/password", body)).status_code for _ in range(11)]
    assert answers == [403] * 10 + [429]
    assert (await desk.visit()("POST", "/sessions", ADA)).status_code == 429


async def test_of_changes_at_once_with_one_present_password_one_succeeds(desk: Desk) -> None:
    ada = await _signed_in(desk)
    bodies = [{"password": ADA["password"], "new_password": f"a better battery {n}"} for n in range(10)]
    answers = await asyncio.gather(*(ada("PUT", "/customers/me/password", body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [204] + [403] * 9


async def test_an_email_changes_when_its_owner_confirms_it(desk: Desk) -> None:
    ada = await _signed_in(desk)
    mail = await _asked(desk, ada, NEW_EMAIL)
    assert (mail["email"], mail["previous"]) == (NEW_EMAIL, ADA["email"])
    await desk.sign_in(ADA)
    answer = await desk.visit()("POST", "/email-changes/confirm", {"token": mail["token"]})
    assert answer.status_code == 204
    assert (await desk.visit()("POST", "/sessions", ADA)).status_code == 401
    await desk.sign_in({**ADA, "email": NEW_EMAIL})
    again = await desk.visit()("POST", "/email-changes/confirm", {"token": mail["token"]})
    assert again.status_code == 422
    assert (await desk.published())[-2:] == ["EmailChangeRequested", "CustomerEmailChanged"]


async def test_an_email_is_not_changed_without_the_password(desk: Desk) -> None:
    ada = await _signed_in(desk)
    answer = await ada("POST", "/customers/me/email-changes", {"email": NEW_EMAIL, "password": "wrong"})
    assert answer.status_code == 403
    assert await desk.secrets() == []


async def test_a_taken_email_is_asked_for_like_any_other_and_told_to_its_owner_alone(desk: Desk) -> None:
    ada = await _signed_in(desk)
    await desk.register(BOB)
    body = {"password": ADA["password"]}
    taken = await ada("POST", "/customers/me/email-changes", {**body, "email": BOB["email"].upper()})
    free = await ada("POST", "/customers/me/email-changes", {**body, "email": NEW_EMAIL})
    assert (taken.status_code, taken.content) == (free.status_code, free.content) == (202, free.content)
    mails = await desk.mailed(2)
    answer = await desk.visit()("POST", "/email-changes/confirm", {"token": mails[0]["token"]})
    assert answer.status_code == 409
    await desk.sign_in(ADA)
    await desk.sign_in(BOB)


async def test_of_two_customers_who_confirm_one_address_at_once_one_gets_it(desk: Desk) -> None:
    ada, bob = await _signed_in(desk), await _signed_in(desk, BOB)
    mails = [await _asked(desk, ada, NEW_EMAIL), await _asked(desk, bob, NEW_EMAIL, BOB["password"])]
    answers = await asyncio.gather(
        *(desk.visit()("POST", "/email-changes/confirm", {"token": mail["token"]}) for mail in mails for _ in range(10))
    )
    assert [answer.status_code for answer in answers].count(204) == 1
    assert len(await desk.rows("select 1 from customers where email_key = $1", NEW_EMAIL)) == 1


async def test_a_change_of_password_stops_a_change_of_email(desk: Desk) -> None:
    ada = await _signed_in(desk)
    mail = await _asked(desk, ada, NEW_EMAIL)
    body = {"password": ADA["password"], "new_password": "a better battery"}
    assert (await ada("PUT", "/customers/me/password", body)).status_code == 204
    answer = await desk.visit()("POST", "/email-changes/confirm", {"token": mail["token"]})
    assert answer.status_code == 422


async def test_only_so_many_confirmations_go_out_in_an_hour(desk: Desk) -> None:
    desk.profiling.settings.set("profiling.mails_per_account", "2")
    ada = await _signed_in(desk)
    body = {"email": NEW_EMAIL, "password": ADA["password"]}
    answers = [(await ada("POST", "/customers/me/email-changes", body)).status_code for _ in range(3)]
    assert answers == [202, 202, 429]
