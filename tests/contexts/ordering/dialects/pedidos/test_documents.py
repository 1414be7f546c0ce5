"""What the dialect says of itself, in the words and the language of its seed."""

import json
from typing import Any, get_args

import pytest

from comanda.contexts.ordering.dialects.pedidos.words import EventName
from tests.contexts.ordering.dialects.pedidos.conftest import Balcao
from tests.contexts.ordering.dialects.pedidos.seed import CANCELED, CREATED, LISTED, ORDER, body

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = {
    ("post", "/orders"): ("Criar Pedido", "Cria um novo pedido."),
    ("get", "/orders/{id}"): ("Consultar Status do Pedido", "Obtém o status de um pedido."),
    ("post", "/orders/{id}/cancel"): (
        "Cancelar Pedido",
        "Cancela um pedido, caso o pagamento ainda não tenha sido confirmado.",
    ),
    ("get", "/orders"): (
        "Listar Pedidos",
        "Lista todos os pedidos com filtros por status (ex: pending, in_progress, paid, completed, canceled).",
    ),
}

EVENTS = {
    "Pedido Criado": "O serviço de pedidos emite um evento após a criação de um novo pedido.",
    "Estoque Reservado": "O serviço de estoque emite um evento quando o estoque é reservado com sucesso.",
    "Estoque Insuficiente": "O serviço de estoque emite um evento quando não há estoque suficiente para o pedido.",
    "Pagamento Confirmado": "O serviço de pagamento emite um evento quando o pagamento é confirmado.",
    "Pagamento Falhou": "O serviço de pagamento emite um evento quando o pagamento falha.",
    "Pedido Cancelado": "O serviço de pedidos emite um evento quando um pedido é cancelado.",
}


async def _document(balcao: Balcao) -> dict[str, Any]:
    """Documents are for everybody."""
    answer = await balcao.staff.get("/openapi.json", headers={"Authorization": ""})
    document: dict[str, Any] = answer.json()
    return document


async def test_routes_are_described_as_the_seed_does(balcao: Balcao) -> None:
    document = await _document(balcao)
    assert document["info"]["title"] == "Order Management System (Microservices)"
    for (method, path), (summary, description) in ROUTES.items():
        operation = document["paths"][path][method]
        assert operation["summary"] == summary
        assert description in operation["description"]


async def test_events_are_named_and_described_as_the_seed_does(balcao: Balcao) -> None:
    document = await _document(balcao)
    said = " ".join(document["info"]["description"].split())
    for title, description in EVENTS.items():
        name = title.replace(" ", "")
        assert f"**{title}** (`{name}`): {description}" in said
        assert name in document["paths"]["/orders/{id}/events"]["get"]["description"]
    assert {title.replace(" ", "") for title in EVENTS} == set(get_args(EventName))


async def test_examples_are_those_of_the_seed(balcao: Balcao) -> None:
    paths = (await _document(balcao))["paths"]

    def answered(method: str, path: str, status: str) -> Any:
        return paths[path][method]["responses"][status]["content"]["application/json"]["example"]

    assert paths["/orders"]["post"]["requestBody"]["content"]["application/json"]["example"] == body()
    assert answered("post", "/orders", "201") == json.loads(CREATED)
    assert answered("get", "/orders/{id}", "200") == json.loads(ORDER)
    assert answered("post", "/orders/{id}/cancel", "200") == json.loads(CANCELED)
    assert answered("get", "/orders", "200") == json.loads(LISTED)
