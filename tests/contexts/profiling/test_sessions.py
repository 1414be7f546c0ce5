"""Signing in, going on, signing out."""

import asyncio
import time
from datetime import timedelta
from statistics import median
from typing import Literal

import pytest
from argon2 import PasswordHasher

from comanda.contexts.profiling import passwords
from comanda.contexts.profiling.sessions import sweep_once
from tests.contexts.profiling.desk import ADA, BOB, Desk
from tests.support.services import STAFF


async def test_a_session_answers_tokens_in_the_usual_words(desk: Desk) -> None:
    await desk.register(ADA)
    tokens = await desk.sign_in(ADA)
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)


async def test_neither_token_is_kept_readably(desk: Desk) -> None:
    await desk.register(ADA)
    tokens = await desk.sign_in(ADA)
    rows = await desk.rows("select * from refresh_tokens") + await desk.rows("select * from sessions")
    assert tokens["refresh_token"] not in str(rows) and tokens["access_token"] not in str(rows)


async def test_a_wrong_password_and_an_unknown_email_answer_alike(desk: Desk) -> None:
    await desk.register(ADA)
    wrong = await desk.visit()("POST", "/sessions", {**ADA, "password": "wrong"})
    unknown = await desk.visit()("POST", "/sessions", BOB)
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.headers["www-authenticate"] == unknown.headers["www-authenticate"]


async def test_a_wrong_password_and_an_unknown_email_take_alike_long(desk: Desk) -> None:
    """An unknown e-mail costs a hash too: the medians differ by much less than a hash takes."""
    desk.profiling.settings.set("profiling.attempts_per_account", "1000")
    desk.profiling.settings.set("profiling.attempts_per_address", "1000")
    await desk.register(ADA)
    took: dict[str, list[float]] = {ADA["email"]: [], BOB["email"]: []}
    for _ in range(15):
        for email, times in took.items():
            begun = time.perf_counter()
            await desk.visit()("POST", "/sessions", {"email": email, "password": "wrong"})
            times.append(time.perf_counter() - begun)
    known, unknown = (median(times) for times in took.values())
    assert 0.5 < known / unknown < 2


async def test_a_wrong_password_and_an_unknown_email_cost_the_same_hashes_and_statements(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes time is counted, so that no busy machine can make the test wrong."""
    await desk.register(ADA)
    verified: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            verified.append(str(hash).rsplit("$", 2)[0])
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    spent = []
    for email in (ADA["email"], BOB["email"]):
        verified.clear()
        async with desk.statements() as statements:
            await desk.visit()("POST", "/sessions", {"email": email, "password": "wrong"})
        spent.append((list(verified), [text for text in statements if "attempts" in text or "customers" in text]))
    assert spent[0] == spent[1]
    assert verified == ["$argon2id$v=19$m=19456,t=2,p=1"]


async def test_a_refresh_token_works_once_and_gives_the_next(desk: Desk) -> None:
    await desk.register(ADA)
    first = await desk.sign_in(ADA)
    answer = await desk.visit()("POST", "/sessions/refresh", {"refresh_token": first["refresh_token"]})
    second = answer.json()
    assert answer.status_code == 200 and second["refresh_token"] != first["refresh_token"]
    assert (await desk.with_token(second["access_token"])("GET", "/customers/me")).status_code == 200
    third = await desk.visit()("POST", "/sessions/refresh", {"refresh_token": second["refresh_token"]})
    assert third.status_code == 200


async def test_a_refresh_token_used_again_ends_the_session_for_both_holders(desk: Desk) -> None:
    await desk.register(ADA)
    stolen = (await desk.sign_in(ADA))["refresh_token"]
    other_session = (await desk.sign_in(ADA))["refresh_token"]
    newest = (await desk.visit()("POST", "/sessions/refresh", {"refresh_token": stolen})).json()["refresh_token"]
    assert (await desk.visit()("POST", "/sessions/refresh", {"refresh_token": stolen})).status_code == 401
    assert (await desk.visit()("POST", "/sessions/refresh", {"refresh_token": newest})).status_code == 401
    assert (await desk.visit()("POST", "/sessions/refresh", {"refresh_token": other_session})).status_code == 200


async def test_of_refreshes_at_once_with_one_token_one_succeeds(desk: Desk) -> None:
    await desk.register(ADA)
    token = (await desk.sign_in(ADA))["refresh_token"]
    answers = await asyncio.gather(
        *(desk.visit()("POST", "/sessions/refresh", {"refresh_token": token}) for _ in range(50))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 49
    assert len(await desk.rows("select 1 from refresh_tokens")) == 2
    (pair,) = [answer.json() for answer in answers if answer.status_code == 200]
    after = await desk.visit()("POST", "/sessions/refresh", {"refresh_token": pair["refresh_token"]})
    assert after.status_code == 401, "a token used twice ends the session, also for who has the next one"


async def test_unknown_and_expired_refresh_tokens_are_refused_alike(desk: Desk) -> None:
    await desk.register(ADA)
    token = (await desk.sign_in(ADA))["refresh_token"]
    unknown = await desk.visit()("POST", "/sessions/refresh", {"refresh_token": "x" * 43})
    desk.travel(timedelta(days=30, seconds=1))
    expired = await desk.visit()("POST", "/sessions/refresh", {"refresh_token": token})
    assert (unknown.status_code, unknown.json()) == (401, expired.json())


async def test_signing_out_ends_this_session_only(desk: Desk) -> None:
    await desk.register(ADA)
    one, other = await desk.sign_in(ADA), await desk.sign_in(ADA)
    assert (await desk.with_token(one["access_token"])("DELETE", "/sessions/current")).status_code == 204
    refused = await desk.visit()("POST", "/sessions/refresh", {"refresh_token": one["refresh_token"]})
    goes_on = await desk.visit()("POST", "/sessions/refresh", {"refresh_token": other["refresh_token"]})
    assert (refused.status_code, goes_on.status_code) == (401, 200)


async def test_only_a_token_of_a_session_can_sign_out(desk: Desk) -> None:
    assert (await desk.visit()("DELETE", "/sessions/current")).status_code == 401
    assert (await desk.visit(STAFF)("DELETE", "/sessions/current")).status_code == 404


async def test_ten_failures_close_an_account_for_a_quarter_of_an_hour(desk: Desk) -> None:
    for person in (ADA, BOB):
        if person is ADA:
            await desk.register(ADA)
        wrong = {**person, "password": "wrong"}
        for _ in range(10):
            assert (await desk.visit()("POST", "/sessions", wrong)).status_code == 401
        closed = await desk.visit()("POST", "/sessions", {name: person[name] for name in ("email", "password")})
        assert closed.status_code == 429
        assert 0 < int(closed.headers["retry-after"]) <= 900
    desk.travel(timedelta(minutes=15, seconds=1))
    await desk.sign_in(ADA)


async def test_many_guesses_at_once_are_not_more_guesses(desk: Desk) -> None:
    await desk.register(ADA)
    wrong = {**ADA, "password": "wrong"}
    answers = await asyncio.gather(*(desk.visit()("POST", "/sessions", wrong) for _ in range(30)))
    refused = [answer.status_code for answer in answers]
    assert refused.count(401) <= 11 and refused.count(401) + refused.count(429) == 30


async def test_a_success_forgives_the_failures_before_it(desk: Desk) -> None:
    await desk.register(ADA)
    for _ in range(2):
        for _ in range(8):
            await desk.visit()("POST", "/sessions", {**ADA, "password": "wrong"})
        await desk.sign_in(ADA)


async def test_failures_are_limited_for_an_address_over_all_accounts(desk: Desk) -> None:
    desk.profiling.settings.set("profiling.attempts_per_address", "12")
    for number in range(12):
        body = {"email": f"a{number}@example.org", "password": "wrong"}
        assert (await desk.visit()("POST", "/sessions", body)).status_code == 401
    last = {"email": "another@example.org", "password": "wrong"}
    assert (await desk.visit()("POST", "/sessions", last)).status_code == 429


async def test_what_is_over_is_swept_away(desk: Desk) -> None:
    await desk.register(ADA)
    await desk.visit()("POST", "/sessions", {**ADA, "password": "wrong"})
    await desk.sign_in(ADA)
    desk.travel(timedelta(days=32))
    await sweep_once(desk.profiling)
    for table in ("sessions", "refresh_tokens", "attempts"):
        async with desk.profiling.database.acquire() as connection:
            assert await connection.fetchval(f"select count(*) from {table}") == 0  # noqa: S608 - our own table names
