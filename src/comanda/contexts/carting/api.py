"""Carting's routes."""

import re

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from comanda.contexts.carting import open_cart, prices, store
from comanda.contexts.carting.contract.views import CartView
from comanda.contexts.carting.errors import CartNotFound
from comanda.contexts.carting.requests import Lookup, NewCart
from comanda.kernel.errors import Invalid
from comanda.messaging.service import CallDep, call_of, json_response
from comanda.platform.auth import Principal
from comanda.platform.http.routing import CheckedRoute, HotRoute

router = APIRouter(route_class=CheckedRoute, tags=["carts"])
hot = APIRouter(route_class=HotRoute, tags=["carts"])

_CART_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@hot.post("/carts", response_model=CartView, status_code=201)
async def open_new(request: Request, body: NewCart) -> Response:
    """Open a cart. A guest's belongs to whoever knows its `id`, which cannot be guessed."""
    call = call_of(request)
    customer_id = _customer_of(call.principal, body.customer_id)
    return _answer(await open_cart.open_cart(call.service, customer_id, body.quantities), 201)


@hot.post("/carts/lookup")
async def look_up(request: Request, body: Lookup) -> Response:
    """For services: what is in these carts, without prices. Absent ones are left out."""
    async with call_of(request).service.database.acquire() as connection:
        carts = await store.contents(connection, body.ids)
    return json_response({"carts": carts})


@router.get("/carts/{cart_id}", response_model=CartView)
async def read(cart_id: str, call: CallDep) -> Response:
    """A cart at live prices."""
    async with call.service.database.acquire() as connection:
        cart = await store.read_cart(connection, known_form(cart_id), call.principal.owner)
    if cart is None:
        raise CartNotFound
    return _answer(prices.priced(cart, await prices.look_up(call.service, cart.quantities)))


def known_form(cart_id: str) -> str:
    """The id, if it looks like one of ours. Raises CartNotFound."""
    if not _CART_ID.fullmatch(cart_id):
        raise CartNotFound
    return cart_id


def _customer_of(principal: Principal, named: str | None) -> str | None:
    """Whose cart it is to be: staff and services may name anybody, customers are themselves."""
    if principal.is_staff:
        return named
    if named is not None and named != principal.id:
        raise Invalid("Only staff and services may name a customer_id.")
    return principal.id


def _answer(view: CartView, status: int = 200) -> Response:
    response = json_response(view.model_dump_json().encode(), status)
    response.headers["ETag"] = f'"{view.version}"'
    return response
