"""What the owners of accounts get by mail, from the request to the mailbox."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from comanda.contexts.notifying.card import card as notifying
from comanda.contexts.profiling.card import card as profiling
from tests.contexts.profiling.desk import ADA, Desk
from tests.support.database import Database
from tests.support.services import STAFF, Services, running


@pytest.fixture
async def services(database: Database) -> AsyncIterator[Services]:
    async with running(database, [profiling, notifying]) as services:
        yield services


async def _mails(services: Services, milestones: set[str]) -> dict[str, dict[str, Any]]:
    """The mails by milestone, once there is one of each."""
    async with asyncio.timeout(20):
        while True:
            answer = await services.call("notifying", STAFF)("GET", "/mailbox", query={"limit": 200})
            mails = {mail["milestone"]: mail for mail in answer.json()["items"]}
            if mails.keys() >= milestones:
                return mails
            await asyncio.sleep(0.02)


async def test_the_code_in_the_mailbox_opens_the_account(services: Services) -> None:
    desk = Desk(services)
    await desk.register(ADA)
    await desk.register(ADA)
    await desk.visit()("POST", "/password-resets", {"email": ADA["email"]})
    mail = (await _mails(services, {"welcome", "registration_repeated", "password_reset"}))["password_reset"]
    token = mail["text"].split("The code to choose one is ")[1].split(".")[0]
    body = {"token": token, "password": "a better battery"}
    assert (await desk.visit()("POST", "/password-resets/confirm", body)).status_code == 204
    assert (await _mails(services, {"password_changed"}))["password_changed"]["to"] == ADA["email"]


async def test_the_new_address_gets_the_code_and_the_old_one_is_warned_and_told(services: Services) -> None:
    desk = Desk(services)
    await desk.register(ADA)
    ada = desk.with_token((await desk.sign_in(ADA))["access_token"])
    await ada("POST", "/customers/me/email-changes", {"email": "new@example.org", "password": ADA["password"]})
    mails = await _mails(services, {"email_change", "email_change_asked"})
    assert mails["email_change"]["to"] == "new@example.org"
    assert mails["email_change_asked"]["to"] == ADA["email"]
    token = mails["email_change"]["text"].split("The code to confirm it is ")[1].split(".")[0]
    assert token not in mails["email_change_asked"]["text"]
    assert (await desk.visit()("POST", "/email-changes/confirm", {"token": token})).status_code == 204
    assert (await _mails(services, {"email_changed"}))["email_changed"]["to"] == ADA["email"]
