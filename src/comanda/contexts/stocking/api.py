"""Stocking over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from comanda.contexts.stocking import queries
from comanda.contexts.stocking.adjust_stock import Adjustment, adjust_stock, make_places, set_threshold
from comanda.contexts.stocking.contract.views import (
    AdjustedView,
    AlertView,
    AvailabilityView,
    MovementView,
    ReservationState,
    ReservationView,
    StockLevelView,
)
from comanda.contexts.stocking.errors import UnknownProduct, UnknownReservation
from comanda.contexts.stocking.hold_stock import hold_stock, release_hold
from comanda.contexts.stocking.shelf import MOST_ON_HAND, summed
from comanda.contexts.stocking.working_set import THRESHOLD
from comanda.kernel.ids import is_id
from comanda.kernel.permissions import STOCK_READ
from comanda.messaging.service import CallDep
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.http.fields import Body, Line, Quantity, Sku
from comanda.platform.http.pages import InvalidCursor, Limit, Page, PageCursor, decode_cursor, encode_cursor, page_of
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute)

MOST_ADJUSTMENTS = 1_000
MOST_LINES = 200
DAY_S = 86_400

Delta = Annotated[int, Field(ge=-MOST_ON_HAND, le=MOST_ON_HAND, description="Pieces that came, or went if negative.")]


class AdjustmentBody(Body):
    """Pieces that came or went, and why: received, damaged, counted …"""

    delta: Delta
    reason: Line


class ListedAdjustment(AdjustmentBody):
    """An adjustment in a list."""

    sku: Sku


class AdjustmentsBody(Body):
    """Adjustments, made one after the other, all or none."""

    adjustments: Annotated[list[ListedAdjustment], Field(min_length=1, max_length=MOST_ADJUSTMENTS)]


class ThresholdBody(Body):
    """A product's own low-stock mark; null goes back to the shop's setting."""

    low_stock_threshold: Annotated[int, Field(ge=0, le=MOST_ON_HAND)] | None


class ReservedLine(Body):
    """Pieces of a product to set aside."""

    sku: Sku
    quantity: Quantity


class ReservationBody(Body):
    """Pieces to set aside, and for how long: an hour if nothing is said, 30 days at most."""

    lines: Annotated[list[ReservedLine], Field(min_length=1, max_length=MOST_LINES)]
    expires_in_s: Annotated[int, Field(ge=1, le=30 * DAY_S)] = 3_600


@router.get("/stock")
async def list_stock(
    call: CallDep,
    query: Annotated[str | None, Query(max_length=64, description="Part of the sku.")] = None,
    sku: Annotated[list[str] | None, Query(max_length=200, description="Only these products.")] = None,
    low: Annotated[bool, Query(description="Only those at or below their low-stock mark.")] = False,
    out: Annotated[bool, Query(description="Only those with nothing available.")] = False,
    limit: Limit = 50,
    cursor: PageCursor = None,
) -> Page[StockLevelView]:
    """Stock levels, in sku order."""
    after = str(decode_cursor(cursor, str)[0]) if cursor else None
    async with call.service.database.acquire() as connection:
        found = await queries.levels(
            connection,
            call.service.settings[THRESHOLD],
            skus=None if sku is None else [clean(text) for text in sku],
            query=clean(query) if query else None,
            low=low,
            out=out,
            after=after,
            limit=limit,
        )
    return page_of(found, limit, lambda level: (level.sku,))


@router.get("/stock/{sku}")
async def get_stock(sku: str, call: CallDep) -> StockLevelView | AvailabilityView:
    """How much of a product there is. Staff see what is on hand and reserved, everybody what can be bought."""
    async with call.service.database.acquire() as connection:
        found = await queries.levels(connection, call.service.settings[THRESHOLD], skus=[clean(sku)], limit=1)
    if not found:
        raise UnknownProduct(sku)
    return found[0] if call.principal.may(STOCK_READ) else queries.availability_view(found[0])


@router.patch("/stock/{sku}")
async def change_threshold(sku: str, body: ThresholdBody, call: CallDep) -> StockLevelView:
    """Set a product's own low-stock mark."""
    async with call.begin() as work:
        return queries.level_view(await set_threshold(call.service, clean(sku), body.low_stock_threshold, work))


@router.post("/stock/adjustments", response_model=AdjustedView)
async def adjust_many(body: AdjustmentsBody, call: CallDep) -> Response:
    """Count pieces of many products in or out, all or none. With an Idempotency-Key at most once."""
    adjustments = [Adjustment(item.sku, item.delta, item.reason) for item in body.adjustments]
    new = await make_places(call.service, list({item.sku for item in adjustments}))

    async def effect(work: UnitOfWork) -> AdjustedView:
        levels = await adjust_stock(call.service, adjustments, new, work)
        return AdjustedView(items=[queries.level_view(level) for level in levels])

    return await call.once(effect)


@router.post("/stock/{sku}/adjustments", operation_id="adjust_stock", response_model=StockLevelView)
async def adjust(sku: str, body: AdjustmentBody, call: CallDep) -> Response:
    """Count pieces of a product in or out. With an Idempotency-Key at most once."""
    adjustment = Adjustment(clean(sku), body.delta, body.reason)
    new = await make_places(call.service, [adjustment.sku])

    async def effect(work: UnitOfWork) -> StockLevelView:
        levels = await adjust_stock(call.service, [adjustment], new, work)
        return queries.level_view(levels[0])

    return await call.once(effect)


@router.get("/stock/{sku}/movements")
async def list_movements(sku: str, call: CallDep, limit: Limit = 50, cursor: PageCursor = None) -> Page[MovementView]:
    """A product's ledger, the latest first: what is on hand is its sum."""
    before = int(decode_cursor(cursor, int)[0]) if cursor else None
    async with call.service.database.acquire() as connection:
        found = await queries.movements(connection, clean(sku), before=before, limit=limit)
        if not found and await queries.unknown(connection, [sku]):
            raise UnknownProduct(sku)
    return page_of(found, limit, lambda movement: (movement.id,))


@router.post("/reservations", status_code=201, response_model=ReservationView)
async def create_reservation(body: ReservationBody, call: CallDep) -> Response:
    """Set pieces aside for a while, all or none. With an Idempotency-Key at most once."""
    pieces = summed((line.sku, line.quantity) for line in body.lines)
    held_by = call.principal.actor or ""

    async def effect(work: UnitOfWork) -> ReservationView:
        return await hold_stock(call.service, pieces, body.expires_in_s, held_by, work)

    return await call.once(effect, status=201)


@router.get("/reservations")
async def list_reservations(
    call: CallDep,
    state: ReservationState | None = None,
    unmanaged: Annotated[bool, Query(description="Only those that belong to no order.")] = False,
    limit: Limit = 50,
    cursor: PageCursor = None,
) -> Page[ReservationView]:
    """Reservations, the latest first."""
    before = str(decode_cursor(cursor, str)[0]) if cursor else None
    if before is not None and not is_id(before):
        raise InvalidCursor("This cursor was not given by this list.")
    async with call.service.database.acquire() as connection:
        found = await queries.reservations(connection, state=state, unmanaged=unmanaged, before=before, limit=limit)
    return page_of(found, limit, lambda reservation: (reservation.id,))


@router.get("/reservations/{reservation_id}")
async def get_reservation(reservation_id: str, call: CallDep) -> ReservationView:
    """What is set aside for an order (by the order's id), or by POST /reservations."""
    async with call.service.database.acquire() as connection:
        found = await queries.reservation(connection, checked_id(reservation_id))
    if found is None:
        raise UnknownReservation(reservation_id)
    return found


@router.delete("/reservations/{reservation_id}", status_code=204)
async def delete_reservation(reservation_id: str, call: CallDep) -> Response:
    """End a reservation that was made by POST /reservations; an order's ends with the order (409)."""
    async with call.begin() as work:
        await release_hold(call.service, checked_id(reservation_id), work)
    return Response(status_code=204)


@router.get("/alerts")
async def list_alerts(call: CallDep, limit: Limit = 50, cursor: PageCursor = None) -> Page[AlertView]:
    """What staff should look at: goods set aside for too long, then products that run low or out, by sku."""
    overdue, levels = None, None
    if cursor:
        kind, key = map(str, decode_cursor(cursor, str, str))
        overdue, levels = (key, None) if kind == "overdue" and is_id(key) else (None, key)
    found: list[AlertView] = []
    async with call.service.database.acquire() as connection:
        if levels is None:
            found = await queries.overdue(connection, after=overdue, limit=limit)
        if len(found) <= limit:
            threshold = call.service.settings[THRESHOLD]
            low = await queries.levels(connection, threshold, low=True, after=levels, limit=limit - len(found))
            found += [queries.alert_of(level) for level in low]
    items = found[:limit]
    more = len(found) > limit
    last = items[-1] if more else None
    return Page(items=items, next_cursor=last and encode_cursor(last.kind, last.order_id or last.sku))


def clean(text: str) -> str:
    """Text from a URL. Raises UnknownProduct for what no product can be called: it would only trouble the database."""
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise UnknownProduct(ascii(text))
    return text


def checked_id(text: str) -> str:
    """A reservation's id from a URL. Raises UnknownReservation for what cannot be one."""
    if not is_id(text):
        raise UnknownReservation(text)
    return text
