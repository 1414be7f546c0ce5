"""The examples of the seed work as they are written, over HTTP: only host, token and the ids answered are others."""

import asyncio
import json

import pytest

from tests.contexts.ordering.dialects.pedidos.conftest import JSON, Balcao
from tests.contexts.ordering.dialects.pedidos.seed import BODY, CANCELED, CREATED, LISTED, ORDER, body, like
from tests.support.disturbances import holding
from tests.support.doors import token
from tests.support.listener import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

BANK_TRANSFER = json.dumps(body(payment={"type": "bank_transfer"}))


async def test_criar_pedido(balcao: Balcao) -> None:
    answer = await balcao.post(BODY)
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == like(CREATED, id=answer.json()["id"])
    number = answer.json()["id"]
    assert type(number) is int
    order = await balcao.canonical(number)
    assert (order["customer_id"], order["payment"]["method"]) == ("123", "card")
    assert {line["sku"]: line["quantity"] for line in order["lines"]} == {"1": 2, "2": 1}
    assert {name: value for name, value in order["shipping_address"].items() if value and name != "recipient"} == {
        "street": "Rua Exemplo",
        "number": "10A",
        "city": "São Paulo",
        "state": "SP",
        "country": "BR",
        "postal_code": "00000000",
    }
    await balcao.until(number, "completed")


async def test_consultar_status_do_pedido(balcao: Balcao) -> None:
    """Paid, but its stock is still only reserved: that is what the seed's example shows."""
    number = await balcao.order(BANK_TRANSFER)
    await until(lambda: balcao.seen(number), lambda pedido: pedido["inventory"]["status"] == "reserved")
    async with holding(balcao.shop, "stocking"), holding(balcao.shop, "shipping"):
        paid = await balcao.shop.call("paying", "POST", f"/payment-intents/{await balcao.id_of(number)}/confirm")
        assert paid.status == 200
        await until(lambda: balcao.seen(number), lambda pedido: pedido["payment"]["status"] == "approved")
        assert await balcao.seen(number) == like(ORDER, id=number)
    assert await balcao.until(number, "completed") == like(
        ORDER, id=number, status="completed", inventory={"status": "committed"}
    )


async def test_cancelar_pedido(balcao: Balcao) -> None:
    number = await balcao.order(BANK_TRANSFER)
    for _ in range(2):
        answer = await balcao.cancel(number)
        assert (answer.status_code, answer.json()) == (200, like(CANCELED, id=number))
    order = await balcao.canonical(number)
    assert (order["status"], order["reason"]) == ("canceled", "canceled")


async def test_listar_pedidos(balcao: Balcao) -> None:
    paid = await balcao.order(json.dumps(body(customerId=124)))
    await balcao.until(paid, "completed")
    async with holding(balcao.shop, "stocking"):
        waiting = await balcao.order(BODY)
        answer = await balcao.staff.get("/orders", params={"limit": 2})
        pending, completed = json.loads(LISTED)
        assert answer.json() == [pending | {"id": waiting}, completed | {"id": paid}]
    assert answer.headers["content-type"] == "application/json"
    await balcao.until(waiting, "completed")


async def test_filtros_por_status(balcao: Balcao) -> None:
    number = await balcao.order(BANK_TRANSFER)
    for status in ("in_progress", "canceled"):
        await balcao.until(number, status)
        for word in ("pending", "in_progress", "paid", "completed", "canceled"):
            answer = await balcao.staff.get("/orders", params={"status": word})
            assert answer.status_code == 200
            listed = answer.json()
            assert {pedido["status"] for pedido in listed} <= {word}
            assert (number in [pedido["id"] for pedido in listed]) == (word == status)
        await balcao.cancel(number)
    both = await balcao.staff.get("/orders?status=canceled&status=completed")
    assert {pedido["status"] for pedido in both.json()} == {"canceled", "completed"}
    assert (await balcao.staff.get("/orders", params={"status": "cancelado"})).status_code == 422


async def test_the_same_with_curl(balcao: Balcao) -> None:
    """As a person types it: the body from the document, the route from its heading."""
    bearer = f"Authorization: Bearer {await token(balcao.shop, 'staff', 'staff-1')}"
    arguments = ["-sS", "-X", "POST", f"{balcao.url}/orders", "-H", bearer, "-H", "Content-Type: application/json"]
    curl = await asyncio.create_subprocess_exec(
        "curl", *arguments, "--data-binary", "@-", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await curl.communicate(BODY.encode())
    assert json.loads(said) == like(CREATED, id=json.loads(said)["id"])


async def test_without_a_token_nothing_is_answered(balcao: Balcao) -> None:
    for method, path in (
        ("POST", "/orders"),
        ("GET", "/orders"),
        ("GET", "/orders/1"),
        ("POST", "/orders/1/cancel"),
        ("GET", "/orders/1/events"),
    ):
        answer = await balcao.staff.request(method, path, headers={"Authorization": ""} | JSON, content=BODY)
        assert answer.status_code == 401, (method, path)
