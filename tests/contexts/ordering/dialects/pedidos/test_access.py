"""Whose pedido it is, what staff may, and where notices go."""

import json
from typing import Any

import pytest

from tests.contexts.ordering.dialects.pedidos.conftest import JSON, Balcao
from tests.contexts.ordering.dialects.pedidos.seed import BODY, body
from tests.support.doors import visiting
from tests.support.listener import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_customers_see_and_cancel_their_own_and_others_are_like_missing_ones(balcao: Balcao) -> None:
    bank_transfer = json.dumps(body(payment={"type": "bank_transfer"}))
    async with (
        visiting(balcao.shop, balcao.url, "customer", "123") as owner,
        visiting(balcao.shop, balcao.url, "customer", "124") as stranger,
    ):
        number = await balcao.order(bank_transfer, by=owner)
        missing = number + 1_000_000
        for method, path in (("GET", ""), ("POST", "/cancel"), ("GET", "/events")):
            foreign, absent = [
                await stranger.request(method, f"/orders/{id}{path}", headers=JSON) for id in (number, missing)
            ]
            assert (foreign.status_code, foreign.json()) == (404, absent.json())
        assert number not in [pedido["id"] for pedido in (await stranger.get("/orders")).json()]
        assert {pedido["customerId"] for pedido in (await owner.get("/orders")).json()} == {123}
        assert (await owner.get(f"/orders/{number}")).status_code == 200
        assert (await owner.post(f"/orders/{number}/cancel")).json() == {"id": number, "status": "canceled"}


async def test_a_customers_pedido_is_their_own_named_or_not_and_never_anothers(balcao: Balcao) -> None:
    unnamed = body()
    del unnamed["customerId"]
    async with visiting(balcao.shop, balcao.url, "customer", "123") as owner:
        for document in (BODY, json.dumps(unnamed)):
            number = await balcao.order(document, by=owner)
            assert (await balcao.canonical(number))["customer_id"] == "123"
        answer = await balcao.post(json.dumps(body(customerId=124)), by=owner)
        assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")


async def test_staff_need_the_permission_and_services_do_not(balcao: Balcao) -> None:
    async with (
        visiting(balcao.shop, balcao.url, "staff", "s1", ("orders.read",)) as reader,
        visiting(balcao.shop, balcao.url, "staff", "s2", ("stock.read",)) as other,
        visiting(balcao.shop, balcao.url, "service", "reporting") as service,
    ):
        assert (await balcao.post(BODY, by=reader)).status_code == 403
        assert (await reader.get("/orders")).status_code == 200
        assert (await other.get("/orders")).status_code == 403
        assert (await balcao.post(BODY, by=service)).status_code == 201


async def test_a_token_that_is_none_is_401(balcao: Balcao) -> None:
    answer = await balcao.staff.get("/orders", headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 401


async def test_a_customer_with_an_account_is_told_by_mail_in_their_language(balcao: Balcao) -> None:
    """A pedido has no address for notices: they go where the customer's account says."""
    account = {"email": "ana@example.org", "password": "correct horse battery", "name": "Ana", "language": "pt"}
    assert (await balcao.shop.call("profiling", "POST", "/customers", account)).status == 201
    customer_id = await _id_of(balcao, "ana@example.org")
    for by in ("customer", "staff"):
        document = json.dumps(body(customerId=customer_id))
        async with visiting(balcao.shop, balcao.url, by, customer_id if by == "customer" else "s1") as client:
            number = await balcao.order(document, by=client)
        order = await balcao.canonical(number)
        assert (order["email"], order["shipping_address"]["recipient"]) == ("ana@example.org", "Ana")
        await balcao.until(number, "completed")
        order_id = await balcao.id_of(number)
        told = await until(lambda order_id=order_id: balcao.shop.messages(order_id), lambda seen: len(seen) == 2)
        assert told == [("created", "sent"), ("confirmed", "sent")]
    answer = (await balcao.staff.get("/orders", params={"limit": 1})).json()
    assert answer[0]["customerId"] == customer_id


async def _id_of(balcao: Balcao, email: str) -> str:
    async with balcao.shop.sql() as connection:
        found: Any = await connection.fetchval("select id from profiling.customers where email = $1", email)
    return str(found)
