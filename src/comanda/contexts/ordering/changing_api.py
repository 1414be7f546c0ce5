"""Ordering's routes for changing orders: cancel, status, notes, records, imports."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import StringConstraints
from starlette.responses import Response

from comanda.contexts.ordering import change_status, finding
from comanda.contexts.ordering.add_note import add_note
from comanda.contexts.ordering.answers import encode
from comanda.contexts.ordering.cancel_order import NO_REASON, CancelOrder, cancel_order
from comanda.contexts.ordering.contract.views import OrderImportView, OrderView, TimelineEntryView
from comanda.contexts.ordering.foreign.report_parcel import report_parcel
from comanda.contexts.ordering.import_orders import run_import
from comanda.contexts.ordering.locking import Target
from comanda.contexts.ordering.record_order import change_record, delete_record, record_order, set_status
from comanda.contexts.ordering.record_requests import (
    MOST_IMPORTED,
    OrderImportBody,
    RecordBody,
    RecordChangesBody,
    StatusBody,
)
from comanda.contexts.ordering.viewer import Viewer, checked_id
from comanda.contexts.ordering.watching import OrderWatch
from comanda.kernel.errors import Invalid
from comanda.messaging.service import Call, CallDep, json_response
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.http.etag import etag, expected_versions
from comanda.platform.http.fields import Body, Printable
from comanda.platform.http.routing import CheckedRoute
from comanda.platform.idempotency import StoredAnswer, check_key

router = APIRouter(route_class=CheckedRoute, tags=["orders"])

Reason = Annotated[str, StringConstraints(min_length=1, max_length=500), Printable]
NoteText = Annotated[str, StringConstraints(min_length=1, max_length=4_000), Printable]

ASKED: dict[int | str, dict[str, Any]] = {
    202: {"model": OrderView, "description": "Shipping has been asked whether the order can still be canceled."}
}
UNHEARD: dict[int | str, dict[str, Any]] = {
    202: {"model": OrderView, "description": "It was asked for, and shows in a moment."}
}


class CancelBody(Body):
    """Why the order is canceled. `unpaid_only`: not once its payment is certain."""

    reason: Reason = NO_REASON
    unpaid_only: bool = False


class NoteBody(Body):
    """A note about an order, for staff."""

    text: NoteText


@router.post("/orders/{order_id}/cancel", operation_id="cancel_order", response_model=OrderView, responses=ASKED)
async def cancel(order_id: str, call: CallDep, body: CancelBody | None = None) -> Response:
    """Cancel an order: at once before it is paid (200), after it as soon as shipping agrees (202).

    409 when the parcel has left (that is a return) or the order has failed.
    """
    asked = body or CancelBody()
    command = CancelOrder(target=_target(call, order_id), reason=asked.reason, unpaid_only=asked.unpaid_only)
    return await _cancel(call, command)


@router.put("/orders/{order_id}/status", response_model=OrderView, responses=UNHEARD)
async def put_order_status(order_id: str, body: StatusBody, call: CallDep) -> Response:
    """Write a status.

    A managed order's present one changes nothing; `canceled` cancels; `shipped` and `delivered` dispatch and deliver
    its parcel; 409 for the others. A recorded order takes any.
    """
    check_key(call.request.headers.get("idempotency-key"))  # also where it is not needed
    target = _target(call, order_id)
    async with call.service.database.acquire() as connection:
        found = await finding.how_far(connection, order_id, target.viewer)
    if found["kind"] == "recorded":
        async with call.begin() as work:
            await set_status(target, body.status, work)
        return await _order(call, target)
    target.check_version(found["version"])
    if change_status.is_present(found, body.status, body.present):
        return await _order(call, target)
    if body.status == "canceled":
        return await _cancel(call, CancelOrder(target=target))
    if body.status not in change_status.BY_PARCEL:
        raise change_status.StatusNotWritable(body.status, change_status.present_words(found))
    async with call.begin() as work:
        reported = await report_parcel(target, body.status, work)
    if reported is not None:
        return await _order(call, target)
    heard = await change_status.move_parcel(call.service, target.order_id, body.status)
    return await _order(call, target, 200 if heard else 202)


@router.post("/orders/{order_id}/notes", status_code=201, response_model=TimelineEntryView)
async def write_note(order_id: str, body: NoteBody, call: CallDep) -> Response:
    """Keep a note in the order's timeline. Customers do not see it."""
    viewer = Viewer.of(call, order_id)
    answer = await call.once(lambda work: add_note(order_id, body.text, viewer, work), status=201)
    _watch(call).changed([checked_id(order_id)])
    return answer


@router.post("/orders/recorded", operation_id="record_order", status_code=201, response_model=OrderView)
async def record(body: RecordBody, call: CallDep) -> Response:
    """Write down an order that another system ran. It starts nothing."""

    async def effect(work: UnitOfWork) -> StoredAnswer:
        order_id = await record_order(body.record(work.now), work)
        return await _answer(work, order_id, 201)

    return await call.once(effect)


@router.patch("/orders/{order_id}", response_model=OrderView)
async def change_order(order_id: str, body: RecordChangesBody, call: CallDep) -> Response:
    """Change a recorded order; what is not named stays. 409 for a managed one."""
    target = _target(call, order_id)
    async with call.begin() as work:
        await change_record(target, body.apply, work)
    return await _order(call, target)


@router.delete("/orders/{order_id}", status_code=204)
async def delete_order(order_id: str, call: CallDep) -> Response:
    """Hide a recorded order: its reference is free again, its timeline is kept. 409 for a managed one."""
    async with call.begin() as work:
        await delete_record(_target(call, order_id), work)
    return Response(status_code=204)


@router.post("/orders/import")
async def import_orders(body: OrderImportBody, call: CallDep) -> OrderImportView:
    """Write down orders and credits of the past, up to 1,000 at once. The same again changes nothing."""
    if len(body.orders) + len(body.credits) > MOST_IMPORTED:
        raise Invalid(f"An import has {MOST_IMPORTED} orders and credits at most.")
    return await run_import(call.service, body, call.principal.actor, call.trace)


async def _cancel(call: Call, command: CancelOrder) -> Response:
    await check_visible(call, command.target)

    async def effect(work: UnitOfWork) -> StoredAnswer:
        order = await cancel_order(command, work)
        return await _answer(work, order.id, 202 if order.cancel_requested else 200)

    answer = await call.once(effect)
    _watch(call).changed([command.target.order_id])
    return answer


async def _answer(work: UnitOfWork, order_id: str, status: int) -> StoredAnswer:
    """The order as it stands at the end of a transaction."""
    order = await finding.one(work.connection, order_id, Viewer(None))
    return StoredAnswer(status, encode(order).decode())


async def _order(call: Call, target: Target, status: int = 200) -> Response:
    _watch(call).changed([target.order_id])
    async with call.service.database.acquire() as connection:
        order = await finding.one(connection, target.order_id, target.viewer)
    response = json_response(order, status)
    response.headers["ETag"] = etag(order.version)
    return response


async def check_visible(call: Call, target: Target) -> None:
    """Raises NoSuchOrder: an answer that is kept under a key is for those only who may see the order."""
    async with call.service.database.acquire() as connection:
        await finding.how_far(connection, target.order_id, target.viewer)


def _target(call: Call, order_id: str) -> Target:
    return Target(
        order_id=checked_id(order_id), viewer=Viewer.of(call, order_id), versions=expected_versions(call.request)
    )


def _watch(call: Call) -> OrderWatch:
    watch: OrderWatch = call.service.state["watch"]
    return watch
