"""Ordering's routes for buyers: the quote, placing an order, seeing it."""

import hmac

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from comanda.contexts.ordering import finding
from comanda.contexts.ordering.place_order import access_token
from comanda.contexts.ordering.placement import PlaceOrder
from comanda.contexts.ordering.requests import PlaceOrderBody, command_of
from comanda.kernel.errors import NotFound
from comanda.messaging.intake import Admission, Intake
from comanda.messaging.service import Call, CallDep, call_of, json_response
from comanda.platform.http.routing import CheckedRoute, HotRoute

hot = APIRouter(route_class=HotRoute, tags=["orders"])
router = APIRouter(route_class=CheckedRoute, tags=["orders"])


@hot.post("/orders", status_code=201)
async def place_order(request: Request, body: PlaceOrderBody) -> Response:
    """Place an order. Answers at once; a shortage or a declined payment shows afterwards, as `failed`."""
    service = call_of(request).service
    command = await command_of(request, body)
    admission: Admission = service.state["admission"]
    await admission.wait()
    intake: Intake[PlaceOrder, bytes] = service.state["intake"]
    return json_response(await intake.submit(command, (command.scope, command.key)), 201)


@router.get("/orders/{order_id}")
async def get_order(order_id: str, call: CallDep) -> Response:
    """One order, with its state and facets."""
    async with call.service.database.acquire() as connection:
        order = await finding.one(connection, order_id, finding.Viewer.of(call))
    if order is None:
        raise NotFound("There is no such order.")
    return json_response(order)


def holds_token(call: Call, order_id: str) -> bool:
    """Whether a guest has brought the order's capability, as header `Order-Token` or as `?token=`."""
    token = call.request.headers.get("order-token") or call.request.query_params.get("token")
    if token is None:
        return False
    secret: str = call.service.state["secret"]
    return hmac.compare_digest(token.encode(), access_token(secret.encode(), order_id).encode())
