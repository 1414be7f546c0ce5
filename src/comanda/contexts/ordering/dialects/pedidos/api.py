"""The routes of the dialect, in the words and the language of its seed."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import EventSourceResponse
from starlette.responses import Response

from comanda.contexts.ordering.contract.views import OrderView
from comanda.contexts.ordering.dialects.calls import DialectCall, DialectCallDep
from comanda.contexts.ordering.dialects.pedidos.placing import place
from comanda.contexts.ordering.dialects.pedidos.requests import PedidoBody
from comanda.contexts.ordering.dialects.pedidos.routing import ForgivingRoute
from comanda.contexts.ordering.dialects.pedidos.stream import told
from comanda.contexts.ordering.dialects.pedidos.views import PedidoListedView, PedidoStatusView, PedidoView
from comanda.contexts.ordering.dialects.pedidos.words import WORDS, Word
from comanda.kernel.errors import NotFound
from comanda.kernel.permissions import ORDERS_READ, ORDERS_WRITE
from comanda.platform.http.access import SIGNED_IN_OWNER, AccessTable
from comanda.platform.http.pages import LARGEST_PAGE

router = APIRouter(route_class=ForgivingRoute, tags=["Endpoints da API"])

ACCESS: AccessTable = {
    "POST /orders": SIGNED_IN_OWNER.and_staff(ORDERS_WRITE),
    "GET /orders": SIGNED_IN_OWNER.and_staff(ORDERS_READ),
    "GET /orders/{id}": SIGNED_IN_OWNER.and_staff(ORDERS_READ),
    "POST /orders/{id}/cancel": SIGNED_IN_OWNER.and_staff(ORDERS_WRITE),
    "GET /orders/{id}/events": SIGNED_IN_OWNER.and_staff(ORDERS_READ),
}
"""Whoever has a token; ordering, which is asked in the caller's name, shows customers their own."""

HEARTBEAT_S = 15

_NUMBER = re.compile(r"[1-9][0-9]{0,17}")

PedidoId = Annotated[str, Path(description="O número do pedido.", examples=["456"])]
LastEventId = Annotated[
    str | None, Header(pattern=r"^[0-9]{1,9}$", description="O `id` do último evento recebido: continua depois dele.")
]

_CREATED: dict[int | str, dict[str, Any]] = {
    201: {"content": {"application/json": {"example": {"id": 456, "status": "pending"}}}}
}
_CANCELED: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"example": {"id": 456, "status": "canceled"}}}},
    409: {"description": "O pagamento já foi confirmado."},
}
_LISTED: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/json": {
                "example": [
                    {"id": 456, "status": "pending", "customerId": 123},
                    {"id": 457, "status": "completed", "customerId": 124},
                ]
            }
        }
    }
}
_STREAM = """\
event: PedidoCriado
id: 1
data: {"id":456,"status":"pending","payment":{"status":"pending"},"inventory":{"status":"pending"}}

event: EstoqueReservado
id: 2
data: {"id":456,"status":"in_progress","payment":{"status":"pending"},"inventory":{"status":"reserved"}}
"""
_STREAMED: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {"example": _STREAM}}}}


class PedidosQuery(BaseModel):
    """Quais pedidos; os mais novos primeiro."""

    model_config = ConfigDict(extra="forbid")

    status: list[Word] = Field(default=[], description="pending, in_progress, paid, completed, canceled.")
    limit: int = Field(default=100, ge=1, le=LARGEST_PAGE, description="Quantos pedidos, no máximo.")
    cursor: Annotated[str, Field(max_length=500)] | None = Field(
        default=None, description="De onde continuar: veja o cabeçalho `Link` da resposta anterior."
    )

    def asked(self) -> dict[str, Any]:
        """The query of ordering's list."""
        query: dict[str, Any] = {"limit": self.limit}
        if self.status:
            query["status"] = [shade for word in self.status for shade in WORDS.shades(word)]
        return query if self.cursor is None else query | {"cursor": self.cursor}


@router.post("/orders", status_code=201, summary="Criar Pedido", responses=_CREATED)
async def criar_pedido(body: PedidoBody, call: DialectCallDep) -> PedidoStatusView:
    """Cria um novo pedido."""
    return PedidoStatusView.of(await place(call, body))


@router.get("/orders/{id}", summary="Consultar Status do Pedido")
async def consultar_status_do_pedido(id: PedidoId, call: DialectCallDep) -> PedidoView:
    """Obtém o status de um pedido."""
    return PedidoView.of(await _order(call, id))


@router.post("/orders/{id}/cancel", summary="Cancelar Pedido", responses=_CANCELED)
async def cancelar_pedido(id: PedidoId, call: DialectCallDep) -> PedidoStatusView:
    """Cancela um pedido, caso o pagamento ainda não tenha sido confirmado."""
    order = await _order(call, id)
    return PedidoStatusView.of(await call.ordering.cancel(order.id, unpaid_only=True, key=call.key))


@router.get("/orders", summary="Listar Pedidos", responses=_LISTED)
async def listar_pedidos(
    query: Annotated[PedidosQuery, Query()], call: DialectCallDep, response: Response
) -> list[PedidoListedView]:
    """Lista todos os pedidos com filtros por status (ex: pending, in_progress, paid, completed, canceled).

    Se há mais, o cabeçalho `Link` diz onde continuam (`rel="next"`, RFC 8288).
    """
    page = await call.ordering.orders(query.asked())
    if page.next_cursor is not None:
        url = call.request.url.include_query_params(cursor=page.next_cursor)
        response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    return [PedidoListedView.of(order) for order in page.items]


@router.get("/orders/{id}/events", summary="Eventos do Pedido", response_class=EventSourceResponse, responses=_STREAMED)
async def acompanhar_pedido(id: PedidoId, call: DialectCallDep, last_event_id: LastEventId = None) -> Response:
    """Os eventos do pedido (server-sent events): os que já aconteceram, e cada novo assim que acontece.

    PedidoCriado, EstoqueReservado, EstoqueInsuficiente, PagamentoConfirmado, PagamentoFalhou e PedidoCancelado, cada um
    com o pedido como ficou. Com `Last-Event-ID` continua de onde parou.
    """
    order = await _order(call, id)
    entries = call.ordering.follow(order.id, after=0)
    return EventSourceResponse(told(order, entries, int(last_event_id or 0)), ping=HEARTBEAT_S)


async def _order(call: DialectCall, id: str) -> OrderView:
    """The order with this number. Raises NotFound."""
    if not _NUMBER.fullmatch(id):
        raise NotFound("There is no such order.", cause="no-such-order")
    return await call.ordering.order_numbered(int(id))
