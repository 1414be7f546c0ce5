"""Ordering's hot routes: the quote and placing an order."""

from itertools import count

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from comanda.contexts.ordering.contract.views import OrderView, QuoteView
from comanda.contexts.ordering.place_order import OrderPlacer
from comanda.contexts.ordering.placement import PlaceOrder
from comanda.contexts.ordering.quoting import AskQuote, Quoter
from comanda.contexts.ordering.requests import PlaceOrderBody, QuoteBody, command_of, question_of
from comanda.messaging.intake import Admission, Intake
from comanda.messaging.service import call_of, json_response
from comanda.platform.http.reach import leads_to
from comanda.platform.http.routing import HotRoute

hot = APIRouter(route_class=HotRoute, tags=["orders"])

_questions = count()


@hot.post("/orders", status_code=201, response_model=OrderView)
@leads_to(OrderPlacer.place_group, Admission.wait)
async def place_order(request: Request, body: PlaceOrderBody) -> Response:
    """Place an order. Answers at once; a shortage or a declined payment shows afterwards, as `failed`.

    With an Idempotency-Key at most once: the same request again gets the same order.
    """
    service = call_of(request).service
    command = await command_of(request, body)
    admission: Admission = service.state["admission"]
    await admission.wait()
    intake: Intake[PlaceOrder, bytes] = service.state["intake"]
    return json_response(await intake.submit(command, (command.scope, command.key)), 201)


@hot.post("/checkout", response_model=QuoteView)
@leads_to(Quoter.quote_group)
async def quote_order(request: Request, body: QuoteBody) -> Response:
    """What a cart, or lines, would cost now: lines, VAT, shipping offers, totals, and what stands in the way."""
    quotes: Intake[AskQuote, bytes] = call_of(request).service.state["quotes"]
    return json_response(await quotes.submit(await question_of(request, body), next(_questions)))
