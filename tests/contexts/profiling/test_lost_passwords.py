"""A new password for somebody who has lost theirs."""

import asyncio
from datetime import timedelta
from typing import Any

from comanda.contexts.profiling.reset_password import send_links_once
from tests.contexts.profiling.desk import ADA, BOB, Desk

NEW = "a better battery"


async def _ask(desk: Desk, email: str) -> Any:
    return await desk.visit()("POST", "/password-resets", {"email": email})


async def _token(desk: Desk) -> str:
    before = len(await desk.secrets())
    assert (await _ask(desk, ADA["email"])).status_code == 202
    return str((await desk.mailed(before + 1))[-1]["token"])


async def test_the_token_of_the_mail_sets_a_password_and_ends_every_session(desk: Desk) -> None:
    await desk.register(ADA)
    session = await desk.sign_in(ADA)
    token = await _token(desk)
    answer = await desk.visit()("POST", "/password-resets/confirm", {"token": token, "password": NEW})
    assert answer.status_code == 204
    assert (await desk.visit()("POST", "/sessions", ADA)).status_code == 401
    await desk.sign_in({**ADA, "password": NEW})
    ended = await desk.visit()("POST", "/sessions/refresh", {"refresh_token": session["refresh_token"]})
    assert ended.status_code == 401
    assert (await desk.published())[-2:] == ["PasswordResetRequested", "PasswordChanged"]


async def test_known_and_unknown_emails_answer_alike_and_only_the_owner_gets_a_mail(desk: Desk) -> None:
    await desk.register(ADA)
    known, unknown = await _ask(desk, ADA["email"]), await _ask(desk, BOB["email"])
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, known.content)
    (mail,) = await desk.mailed()
    assert mail["email"] == ADA["email"]
    while await desk.rows("select 1 from password_reset_requests"):
        await send_links_once(desk.profiling)
    assert len(await desk.secrets()) == 1


async def test_asking_costs_the_same_statements_for_known_and_unknown_emails(desk: Desk) -> None:
    """Timing is alike because the work is: what depends on the account is done after the answer."""
    await desk.register(ADA)
    sent: dict[str, list[str]] = {}
    for email in (ADA["email"], BOB["email"]):
        async with desk.statements() as statements:
            await _ask(desk, email)
        sent[email] = [text for text in statements if "password_reset_requests" in text or "attempts" in text]
    assert sent[ADA["email"]] == sent[BOB["email"]] != []


async def test_a_token_is_kept_as_a_hash_only(desk: Desk) -> None:
    await desk.register(ADA)
    token = await _token(desk)
    assert token not in str(await desk.rows("select * from mail_tokens"))


async def test_a_token_used_fifty_times_at_once_works_once(desk: Desk) -> None:
    await desk.register(ADA)
    token = await _token(desk)
    answers = await asyncio.gather(
        *(
            desk.visit()("POST", "/password-resets/confirm", {"token": token, "password": f"{NEW} {number}"})
            for number in range(50)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [204] + [422] * 49
    assert (await desk.published()).count("PasswordChanged") == 1


async def test_unknown_used_and_expired_tokens_are_refused_alike(desk: Desk) -> None:
    await desk.register(ADA)
    used, late = await _token(desk), await _token(desk)
    await desk.visit()("POST", "/password-resets/confirm", {"token": used, "password": NEW})
    desk.travel(timedelta(hours=1))
    for token in (used, late, "x" * 43):
        answer = await desk.visit()("POST", "/password-resets/confirm", {"token": token, "password": NEW})
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:comanda:problem:token-not-good")


async def test_a_new_password_voids_all_other_links(desk: Desk) -> None:
    await desk.register(ADA)
    first, second = await _token(desk), await _token(desk)
    await desk.visit()("POST", "/password-resets/confirm", {"token": second, "password": NEW})
    answer = await desk.visit()("POST", "/password-resets/confirm", {"token": first, "password": NEW})
    assert answer.status_code == 422


async def test_so_many_mails_go_out_for_one_account_in_an_hour_and_no_word_about_it(desk: Desk) -> None:
    await desk.register(ADA)
    desk.profiling.settings.set("profiling.mails_per_account", "2")
    assert [(await _ask(desk, ADA["email"])).status_code for _ in range(4)] == [202] * 4
    await desk.mailed(2)
    while await send_links_once(desk.profiling):
        pass
    assert len(await desk.secrets()) == 2


async def test_one_address_asks_only_so_often(desk: Desk) -> None:
    desk.profiling.settings.set("profiling.mails_per_address", "3")
    answers = [await _ask(desk, f"nobody{number}@example.org") for number in range(4)]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 3_600


async def test_a_lost_password_opens_an_account_that_guesses_have_closed(desk: Desk) -> None:
    await desk.register(ADA)
    for _ in range(10):
        await desk.visit()("POST", "/sessions", {**ADA, "password": "wrong"})
    assert (await desk.visit()("POST", "/sessions", ADA)).status_code == 429
    token = await _token(desk)
    await desk.visit()("POST", "/password-resets/confirm", {"token": token, "password": NEW})
    await desk.sign_in({**ADA, "password": NEW})
