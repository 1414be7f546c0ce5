"""The routes of `checkout`."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from comanda.contexts.carting.contract.views import CartView
from comanda.contexts.ordering.dialects.buyers import with_account
from comanda.contexts.ordering.dialects.calls import DialectCallDep
from comanda.contexts.ordering.dialects.checkout.requests import CheckoutBody, OrderBody, StatusBody
from comanda.contexts.ordering.dialects.checkout.views import (
    Checkout,
    Order,
    Orders,
    OrderStatus,
    Status,
    checkout_of,
    order_of,
    status_of,
)
from comanda.contexts.ordering.dialects.checkout.words import WORDS
from comanda.contexts.ordering.dialects.writing import Written, cancel, write_status
from comanda.kernel.permissions import ORDERS_READ, ORDERS_WRITE
from comanda.messaging.service import json_response
from comanda.platform.http.access import SIGNED_IN_OWNER, AccessTable, staff
from comanda.platform.http.fields import NO_NUL
from comanda.platform.http.pages import Limit, PageCursor
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute, tags=["orders"])

ACCESS: AccessTable = {
    "GET /cart/{userId:path}": SIGNED_IN_OWNER.and_staff(ORDERS_READ),
    "POST /checkout": SIGNED_IN_OWNER.and_staff(ORDERS_READ),
    "POST /order": SIGNED_IN_OWNER.and_staff(ORDERS_WRITE),
    "GET /orders/{userId:path}": SIGNED_IN_OWNER.and_staff(ORDERS_READ),
    "GET /order/{orderId}": SIGNED_IN_OWNER.and_staff(ORDERS_READ),
    "GET /order/{orderId}/status": SIGNED_IN_OWNER.and_staff(ORDERS_READ),
    "DELETE /order/{orderId}": SIGNED_IN_OWNER.and_staff(ORDERS_WRITE),
    "PUT /order/{orderId}/status": staff(ORDERS_WRITE),
}

UserId = Annotated[str, Path(min_length=1, max_length=50, pattern=NO_NUL)]
OrderId = Annotated[str, Path(max_length=50)]


_IN_A_MOMENT: dict[int | str, dict[str, Any]] = {
    202: {"model": Order, "description": "It was asked for, and shows in a moment."}
}


@router.get("/cart/{userId:path}")
async def get_cart(userId: UserId, call: DialectCallDep) -> CartView:
    """Retrieves cart details from the Cart Service for the specified user; without an open cart, an empty one."""
    return await call.carting.open_cart(userId)


@router.post("/checkout")
async def checkout(body: CheckoutBody, call: DialectCallDep) -> Checkout:
    """Initiates the checkout process, validates payment, and calculates the total price. Nothing is taken."""
    question, problems = body.question()
    return checkout_of(body.userId, await call.ordering.quote(question), problems)


@router.post("/order", status_code=201, response_model=Order)
async def place_order(body: OrderBody, call: DialectCallDep) -> Response:
    """Places an order based on the user's cart, delivery details, and payment information.

    The confirmation goes to the e-mail address of the user's account. With an Idempotency-Key at most once. A shortage
    or a declined payment shows afterwards, as `cancelled`.
    """
    order = await call.ordering.place(await with_account(call, body.userId, body.order()), key=call.key)
    return json_response(order_of(order).model_dump_json().encode(), 201)


@router.get("/orders/{userId:path}")
async def get_orders(
    userId: UserId,
    call: DialectCallDep,
    status: Annotated[list[Status] | None, Query(description="Any of these.")] = None,
    limit: Limit = 50,
    cursor: PageCursor = None,
) -> Orders:
    """Retrieves all orders placed by the user, newest first, page by page."""
    query: dict[str, Any] = {"customer_id": userId, "limit": limit}
    if cursor is not None:
        query["cursor"] = cursor
    if status:
        query["status"] = [shade for word in status for shade in WORDS.shades(word)]
    page = await call.ordering.orders(query)
    return Orders(items=[order_of(order) for order in page.items], next_cursor=page.next_cursor)


@router.get("/order/{orderId}")
async def get_order(orderId: OrderId, call: DialectCallDep) -> Order:
    """Retrieves specific order details for the given order ID."""
    return order_of(await call.ordering.order(orderId))


@router.get("/order/{orderId}/status")
async def get_status(orderId: OrderId, call: DialectCallDep) -> OrderStatus:
    """Fetches the current status of the specified order (e.g., shipped, delivered), and when it got there."""
    return status_of(await call.ordering.status(orderId))


@router.delete("/order/{orderId}", response_model=Order, responses=_IN_A_MOMENT)
async def cancel_order(orderId: OrderId, call: DialectCallDep) -> Response:
    """Cancels the specified order: at once before it is paid (200), after it as soon as shipping agrees (202).

    409 once it is shipped.
    """
    return _answer(await cancel(call.ordering, orderId, None, call.key))


@router.put("/order/{orderId}/status", response_model=Order, responses=_IN_A_MOMENT)
async def put_status(orderId: OrderId, body: StatusBody, call: DialectCallDep) -> Response:
    """Updates the order status to a new value (e.g., shipped, delivered).

    The present one changes nothing, `cancelled` cancels, `shipped` and `delivered` move the parcel; 409 for what an
    order becomes by its process only. Orders that another system ran take any.
    """
    return _answer(await write_status(call.ordering, WORDS, orderId, body.status))


def _answer(written: Written) -> Response:
    return json_response(order_of(written.order).model_dump_json().encode(), written.status)
