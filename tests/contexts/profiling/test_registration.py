"""Making an account."""

import asyncio
from unicodedata import normalize

import pytest
from argon2 import PasswordHasher

from comanda.contexts.profiling import passwords
from tests.contexts.profiling.desk import ADA, BOB, Desk


async def test_a_new_customer_may_sign_in_at_once(desk: Desk) -> None:
    customer = await desk.register(ADA | {"name": "Ada", "language": "pt", "phone": "+351 21 000"})
    assert (customer["email"], customer["name"], customer["status"]) == (ADA["email"], "Ada", "standard")
    assert "password" not in str(customer)
    tokens = await desk.sign_in(ADA)
    me = await desk.with_token(tokens["access_token"])("GET", "/customers/me")
    assert me.json() == customer
    (event,) = await desk.rows("select type, subject, person, data, personal from messaging.log")
    assert (event["type"], event["person"]) == ("comanda.profiling.CustomerRegistered.v1", customer["id"])
    assert "ada@" not in event["data"] and "ada@example.org" in event["personal"]


async def test_a_known_email_answers_alike_changes_nothing_and_tells_its_owner(desk: Desk) -> None:
    first = await desk.register(ADA)
    again = await desk.register({"email": "ADA@Example.ORG", "password": "something else", "name": "Eve"})
    assert again.keys() == first.keys()
    assert again["id"] != first["id"] and again["name"] == "Eve" and again["email"] == "ADA@Example.ORG"
    (row,) = await desk.rows("select id, email, name from customers")
    assert row == {"id": first["id"], "email": "ada@example.org", "name": ""}
    assert await desk.published() == ["CustomerRegistered", "RegistrationRepeated"]
    (event,) = await desk.rows("select subject, personal from messaging.log order by position offset 1")
    assert event["subject"] == first["id"] and "Eve" not in event["personal"]
    assert (await desk.visit()("POST", "/sessions", {**ADA, "password": "something else"})).status_code == 401


async def test_a_known_and_an_unknown_email_cost_the_same_hashes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes time is counted, so that no busy machine can make the test wrong."""
    await desk.register(ADA)
    hashed: list[str | bytes] = []

    class Counting(PasswordHasher):
        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            hashed.append(password)
            return super().hash(password, salt=salt)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    for body in (ADA, BOB):
        await desk.register(body)
    assert hashed == [ADA["password"], BOB["password"]]


async def test_an_owner_is_not_flooded_with_mails(desk: Desk) -> None:
    for _ in range(6):
        await desk.register(ADA)
    assert (await desk.published()).count("RegistrationRepeated") == 2


async def test_fifty_registrations_at_once_make_one_account(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.visit()("POST", "/customers", ADA) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len(await desk.rows("select id from customers")) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("straße@example.org", "STRASSE@example.org"),
        (normalize("NFC", "josé@example.org"), normalize("NFD", "José@example.org")),
    ],
)
async def test_spellings_of_one_address_are_one_account(desk: Desk, one: str, other: str) -> None:
    await desk.register({"email": one, "password": "correct horse"})
    await desk.register({"email": other, "password": "correct horse"})
    assert len(await desk.rows("select id from customers")) == 1
    await desk.sign_in({"email": other, "password": "correct horse"})


async def test_a_password_is_the_same_however_it_is_composed(desk: Desk) -> None:
    await desk.register({**ADA, "password": normalize("NFC", "crème brûlée")})
    await desk.sign_in({**ADA, "password": normalize("NFD", "crème brûlée")})


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "ada"},
        {"email": "ada@example"},
        {"email": "a b@example.org"},
        {"email": "ada\x00@example.org"},
        {"email": "a" * 250 + "@example.org"},
        {"email": 7},
        {"password": "short"},
        {"password": "x" * 201},
        {"password": "with\x00nul inside"},
        {"name": "x" * 201},
        {"name": "nul\x00"},
        {"phone": "call me"},
        {"language": "xx"},
        {"status": "vip"},
        {"id": "1"},
        {"role": "admin"},
    ],
    ids=str,
)
async def test_what_makes_no_sense_is_refused(desk: Desk, wrong: dict[str, object]) -> None:
    answer = await desk.visit()("POST", "/customers", {**ADA, **wrong})
    assert answer.status_code == 422
    assert "nul" not in answer.text and "x" * 201 not in answer.text
    assert await desk.rows("select id from customers") == []


async def test_lone_surrogates_are_refused(desk: Desk) -> None:
    body = b'{"email":"ada@example.org","password":"correct horse","name":"\\ud800"}'
    answer = await desk.visit()("POST", "/customers", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)


async def test_names_come_back_exactly_as_they_were_sent(desk: Desk) -> None:
    for number, name in enumerate(["Zoë 🛒", "عائشة", "'; drop table customers; --", "<b>Ada</b>", "e\u0301 \u202e"]):
        customer = await desk.register({"email": f"a{number}@example.org", "password": "correct horse", "name": name})
        assert customer["name"] == name
        (row,) = await desk.rows("select name from customers where id = $1", customer["id"])
        assert row["name"] == name


async def test_only_an_argon2id_hash_is_kept_of_a_password(desk: Desk) -> None:
    await desk.register(ADA)
    (row,) = await desk.rows("select password_hash from customers")
    assert row["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
