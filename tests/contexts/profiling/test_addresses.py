"""The address book of a customer."""

import asyncio
from typing import Any

import pytest

from comanda.contexts.profiling.addresses import MOST_ADDRESSES
from tests.contexts.profiling.desk import ADA, BOB, Desk
from tests.support.services import STAFF, customer
from tests.support.visitors import Visitor

HOME = {"street": "Rua Exemplo", "number": "10A", "city": "Lisboa", "postal_code": "1000-001", "country": "PT"}


async def a_customer(desk: Desk, person: dict[str, str] = ADA) -> tuple[Visitor, str]:
    """A customer, and the path of their address book."""
    registered = await desk.register(person)
    return desk.visit(customer(registered["id"])), f"/customers/{registered['id']}/addresses"


async def defaults(visitor: Visitor, book: str) -> tuple[list[str], list[str]]:
    """The ids of the defaults for shipping and for billing."""
    items = (await visitor("GET", book)).json()["items"]
    shipping = [item["id"] for item in items if item["default_shipping"]]
    billing = [item["id"] for item in items if item["default_billing"]]
    return shipping, billing


async def test_an_address_is_kept_as_it_was_written(desk: Desk) -> None:
    visitor, book = await a_customer(desk, ADA | {"name": "Ada"})
    sent = HOME | {"recipient": "Zoë 🛒", "line2": "2º esq.", "state": "Lx", "company": "Ltd", "vat_id": "PT1"}
    added = await visitor("POST", book, sent)
    assert added.status_code == 201
    address = added.json()
    assert {name: address[name] for name in sent} == sent
    assert (await visitor("GET", f"{book}/{address['id']}")).json() == address
    assert (await visitor("GET", book)).json() == {"items": [address], "next_cursor": None}


async def test_without_a_recipient_it_is_the_customers_name_else_the_email(desk: Desk) -> None:
    visitor, book = await a_customer(desk)
    assert (await visitor("POST", book, HOME)).json()["recipient"] == ADA["email"]
    await visitor("PATCH", "/customers/me", {"name": "Ada"})
    assert (await visitor("POST", book, HOME)).json()["recipient"] == "Ada"


async def test_the_first_address_is_the_default_and_another_can_take_that(desk: Desk) -> None:
    visitor, book = await a_customer(desk)
    first = (await visitor("POST", book, HOME)).json()["id"]
    second = (await visitor("POST", book, HOME)).json()["id"]
    assert await defaults(visitor, book) == ([first], [first])
    third = (await visitor("POST", book, HOME | {"default_billing": True})).json()["id"]
    assert await defaults(visitor, book) == ([first], [third])
    await visitor("PUT", f"{book}/{second}", HOME | {"default_shipping": True, "default_billing": True})
    assert await defaults(visitor, book) == ([second], [second])
    await visitor("DELETE", f"{book}/{second}")
    assert await defaults(visitor, book) == ([], [])


async def test_defaults_set_at_once_leave_one(desk: Desk) -> None:
    visitor, book = await a_customer(desk)
    body = HOME | {"default_shipping": True, "default_billing": True}
    answers = await asyncio.gather(*(visitor("POST", book, body) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    shipping, billing = await defaults(visitor, book)
    assert len(shipping) == len(billing) == 1


async def test_an_address_can_be_written_anew_and_struck_out(desk: Desk) -> None:
    visitor, book = await a_customer(desk)
    address = (await visitor("POST", book, HOME)).json()
    path = f"{book}/{address['id']}"
    moved = (await visitor("PUT", path, HOME | {"city": "Porto"})).json()
    assert (moved["id"], moved["city"], moved["created_at"]) == (address["id"], "Porto", address["created_at"])
    assert (await visitor("DELETE", path)).status_code == 204
    assert [(await visitor(method, path, body)).status_code for method, body in (("GET", None), ("PUT", HOME))] == [
        404,
        404,
    ]
    assert (await visitor("DELETE", path)).status_code == 404


async def test_somebody_elses_book_answers_like_a_missing_one(desk: Desk) -> None:
    ada, book = await a_customer(desk)
    address = (await ada("POST", book, HOME)).json()["id"]
    bob, bobs_book = await a_customer(desk, BOB)
    tries: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("POST", "", HOME),
        ("GET", f"/{address}", None),
        ("PUT", f"/{address}", HOME),
        ("DELETE", f"/{address}", None),
    ]
    for method, path, body in tries:
        foreign = await bob(method, book + path, body)
        missing = await bob(method, "/customers/nobody/addresses" + path, body)
        assert (foreign.status_code, foreign.json()) == (404, missing.json())
        assert (await desk.visit()(method, book + path, body)).status_code == 401
    for method, body in (("GET", None), ("PUT", HOME), ("DELETE", None)):
        assert (await bob(method, f"{bobs_book}/{address}", body)).status_code == 404
    assert len((await desk.visit(STAFF)("GET", book)).json()["items"]) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"country": "XX"},
        {"country": "pt"},
        {"country": "PRT"},
        {"country": ""},
        {"street": ""},
        {"street": "x" * 201},
        {"city": "nul\x00"},
        {"postal_code": "1" * 21},
        {"phone": "call me"},
        {"default_shipping": "yes"},
        {"id": "x"},
        {"customer_id": "x"},
    ],
    ids=str,
)
async def test_an_address_that_makes_no_sense_is_refused(desk: Desk, wrong: dict[str, object]) -> None:
    visitor, book = await a_customer(desk)
    assert (await visitor("POST", book, HOME | wrong)).status_code == 422
    assert (await visitor("GET", book)).json()["items"] == []


async def test_the_same_key_writes_an_address_down_once(desk: Desk) -> None:
    visitor, book = await a_customer(desk)
    key = {"Idempotency-Key": "k-1"}
    first, again = await visitor("POST", book, HOME, key), await visitor("POST", book, HOME, key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert (await visitor("POST", book, HOME | {"city": "Porto"}, key)).status_code == 422
    assert len((await visitor("GET", book)).json()["items"]) == 1


async def test_a_book_is_bounded_even_when_filled_at_once(desk: Desk) -> None:
    visitor, book = await a_customer(desk)
    for _ in range(MOST_ADDRESSES - 2):
        assert (await visitor("POST", book, HOME)).status_code == 201
    answers = await asyncio.gather(*(visitor("POST", book, HOME) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409]
