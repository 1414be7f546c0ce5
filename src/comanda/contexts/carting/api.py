"""Carting's routes."""

import re
from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from comanda.contexts.carting import open_cart, prices, store
from comanda.contexts.carting.cart import Cart
from comanda.contexts.carting.change_cart import Change, put_line, remove_line
from comanda.contexts.carting.contract.views import CartView
from comanda.contexts.carting.errors import CartNotFound
from comanda.contexts.carting.merge_cart import MergeCart, merge_cart
from comanda.contexts.carting.prices import Products
from comanda.contexts.carting.requests import LineQuantity, Lookup, Merge, NewCart
from comanda.kernel.errors import Invalid
from comanda.messaging.service import Call, CallDep, call_of, json_response
from comanda.platform.auth import Principal
from comanda.platform.http.etag import etag, expected_versions
from comanda.platform.http.fields import NO_NUL
from comanda.platform.http.routing import CheckedRoute, HotRoute

router = APIRouter(route_class=CheckedRoute, tags=["carts"])
hot = APIRouter(route_class=HotRoute, tags=["carts"])

_CART_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

SkuInPath = Annotated[str, Path(min_length=1, max_length=100, pattern=NO_NUL)]


@hot.post(
    "/carts",
    response_model=CartView,
    status_code=201,
    responses={200: {"model": CartView, "description": "The open cart that the customer has already."}},
)
async def open_new_cart(request: Request, body: NewCart) -> Response:
    """Open a cart. A guest's belongs to whoever knows its `id`, which cannot be guessed.

    A customer has one open cart: where there is one already it answers 200, its lines set to these quantities.
    """
    call = call_of(request)
    customer_id = _customer_of(call.principal, body.customer_id)
    cart, products, is_new = await open_cart.open_cart(call, customer_id, body.quantities)
    if not is_new:
        return await _answer(call, cart, products)
    return _rendered(prices.priced(cart, products), 201)


@hot.post("/carts/lookup")
async def look_up_carts(request: Request, body: Lookup) -> Response:
    """For services: what is in these carts, without prices. Absent ones are left out."""
    async with call_of(request).service.database.acquire() as connection:
        carts = await store.contents(connection, body.ids)
    return json_response({"carts": carts})


@router.get("/carts/{cart_id}", response_model=CartView)
async def get_cart(cart_id: str, call: CallDep) -> Response:
    """A cart at live prices; lines that cannot be bought now are marked and not counted."""
    async with call.service.database.acquire() as connection:
        cart = await store.read_cart(connection, _known_form(cart_id), call.principal.owner)
    if cart is None:
        raise CartNotFound
    return await _answer(call, cart)


@router.get("/cart/{customer_id:path}", response_model=CartView)
async def get_open_cart(customer_id: Annotated[str, Path(max_length=50, pattern=NO_NUL)], call: CallDep) -> Response:
    """The open cart of a customer; without one, an empty cart that has no id."""
    if call.principal.owner not in (None, customer_id):
        raise CartNotFound
    async with call.service.database.acquire() as connection:
        cart = await store.open_cart_of(connection, customer_id)
    return _rendered(prices.no_cart(customer_id)) if cart is None else await _answer(call, cart)


@router.put("/carts/{cart_id}/items/{sku}", response_model=CartView)
async def put_cart_item(cart_id: str, sku: SkuInPath, body: LineQuantity, call: CallDep) -> Response:
    """Have this quantity of a product in the cart, however much was in it before. Takes If-Match."""
    change = Change(cart_id=_known_form(cart_id), sku=sku, expected=expected_versions(call.request))
    return await _answer(call, await put_line(change, body.quantity, call))


@router.delete("/carts/{cart_id}/items/{sku}", response_model=CartView)
async def remove_cart_item(cart_id: str, sku: SkuInPath, call: CallDep) -> Response:
    """Take a product out of the cart. Takes If-Match."""
    change = Change(cart_id=_known_form(cart_id), sku=sku, expected=expected_versions(call.request))
    return await _answer(call, await remove_line(change, call))


@router.post("/carts/{cart_id}/merge", operation_id="merge_cart", response_model=CartView)
async def merge(cart_id: str, call: CallDep, body: Merge | None = None) -> Response:
    """Merge a guest's cart into the customer's open one, and answer that. Takes If-Match, for the guest's cart.

    Of a product in both the larger quantity stays; no line is lost. Carts that do not go together (two currencies,
    too many lines) answer 409, unchanged. A customer without an open cart gets the guest's as theirs.
    """
    customer_id = _customer_of(call.principal, body.customer_id if body else None)
    if customer_id is None:
        raise Invalid("Name the customer whose cart it is to be: customer_id.")
    command = MergeCart(cart_id=_known_form(cart_id), customer_id=customer_id, expected=expected_versions(call.request))
    return await _answer(call, await merge_cart(command, call))


def _known_form(cart_id: str) -> str:
    """The id, if it looks like one of ours. Raises CartNotFound."""
    if not _CART_ID.fullmatch(cart_id):
        raise CartNotFound
    return cart_id


def _customer_of(principal: Principal, named: str | None) -> str | None:
    """Whose cart it is to be: staff and services may name anybody, customers are themselves, guests are nobody."""
    if principal.is_staff:
        return named
    if named is not None and named != principal.id:
        raise Invalid("Only staff and services may name a customer_id.")
    return principal.id


async def _answer(call: Call, cart: Cart, products: Products | None = None) -> Response:
    """The cart at live prices, those of `products` and of the others."""
    known = products or {}
    others: Iterable[str] = [sku for sku in cart.quantities if sku not in known]
    return _rendered(prices.priced(cart, {**known, **await prices.look_up(call.service, others)}))


def _rendered(view: CartView, status: int = 200) -> Response:
    response = json_response(view.model_dump_json().encode(), status)
    response.headers["ETag"] = etag(view.version)
    return response
