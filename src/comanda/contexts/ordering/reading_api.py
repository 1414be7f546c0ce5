"""Ordering's routes for looking: lists, one order, how far it is, its timeline, and its changes as they happen."""

from typing import Annotated

from fastapi import APIRouter, Header, Query
from sse_starlette import EventSourceResponse
from starlette.responses import Response

from comanda.contexts.ordering import finding, listing, timeline
from comanda.contexts.ordering.answers import AnsweredPage
from comanda.contexts.ordering.contract.views import (
    CurrencyView,
    OrderPage,
    OrderStatusView,
    OrderView,
    StatisticsView,
    TimelinePage,
)
from comanda.contexts.ordering.following import follow, how_far
from comanda.contexts.ordering.list_query import OrderQuery
from comanda.contexts.ordering.settings import COMMANDES_CURRENCY
from comanda.contexts.ordering.statistics import statistics
from comanda.contexts.ordering.viewer import Viewer, checked_id
from comanda.messaging.service import CallDep, json_response
from comanda.platform.http.etag import etag
from comanda.platform.http.pages import InvalidCursor, Limit, PageCursor, decode_cursor, encode_cursor
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute, tags=["orders"])

HEARTBEAT_S = 15
LAST_ENTRY = 2**31 - 1


@router.get("/orders", response_model=OrderPage)
async def list_orders(query: Annotated[OrderQuery, Query()], call: CallDep) -> Response:
    """Orders, newest first unless sorted otherwise. Customers see their own."""
    async with call.service.database.acquire() as connection:
        orders, next_cursor = await listing.page(connection, query.wanted(call.principal))
    return json_response(AnsweredPage(orders, next_cursor))


@router.get("/orders/{order_id}", response_model=OrderView)
async def get_order(order_id: str, call: CallDep) -> Response:
    """One order, with its state and facets. Its ETag is what If-Match takes."""
    async with call.service.database.acquire() as connection:
        order = await finding.one(connection, order_id, Viewer.of(call, order_id))
    response = json_response(order)
    response.headers["ETag"] = etag(order.version)
    return response


@router.get("/orders/{order_id}/status", response_model=OrderStatusView)
async def get_order_status(order_id: str, call: CallDep) -> Response:
    """How far an order is, and when it got there."""
    async with call.service.database.acquire() as connection:
        progress, _ = await how_far(connection, order_id, Viewer.of(call, order_id))
    return json_response(progress)


@router.get("/orders/{order_id}/timeline", response_model=TimelinePage)
async def get_order_timeline(order_id: str, call: CallDep, limit: Limit = 200, cursor: PageCursor = None) -> Response:
    """All that has happened to an order, oldest first. Notes are for staff."""
    viewer = Viewer.of(call, order_id)
    after = int(decode_cursor(cursor, int)[0]) if cursor else 0
    if not 0 <= after <= LAST_ENTRY:
        raise InvalidCursor("This cursor was not given by this list.")
    async with call.service.database.acquire() as connection:
        await finding.how_far(connection, order_id, viewer, even_hidden=True)
        entries = await timeline.entries(connection, order_id, viewer, after=after, limit=limit + 1)
    more = len(entries) > limit
    return json_response(AnsweredPage(entries[:limit], encode_cursor(entries[limit - 1].entry) if more else None))


@router.get(
    "/orders/{order_id}/events",
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def follow_order(
    order_id: str,
    call: CallDep,
    last_event_id: Annotated[str | None, Header(pattern=r"^\d{1,9}$")] = None,
) -> Response:
    """An order's changes as they happen, as server-sent events: `status` at first, then `change` by `change`.

    The stream stays open until the client leaves. With Last-Event-ID it goes on where it was left.
    """
    viewer = Viewer.of(call, order_id)
    async with call.service.database.acquire() as connection:
        await finding.how_far(connection, order_id, viewer)
    seen = None if last_event_id is None else int(last_event_id)
    return EventSourceResponse(follow(call.service, checked_id(order_id), viewer, seen), ping=HEARTBEAT_S)


@router.get("/stats")
async def get_statistics(call: CallDep) -> StatisticsView:
    """All orders in figures: how many in each status, what they are worth, what was sold."""
    async with call.service.database.acquire() as connection:
        return await statistics(connection)


@router.get("/currency")
async def get_currency(call: CallDep) -> CurrencyView:
    """The currency of clients whose amounts name none: the `commandes` dialect."""
    return CurrencyView(currency=call.service.settings[COMMANDES_CURRENCY])
