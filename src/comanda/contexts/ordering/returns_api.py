"""Ordering's routes for returns."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints
from starlette.responses import Response

from comanda.contexts.ordering import return_goods, return_store
from comanda.contexts.ordering.changing_api import check_visible
from comanda.contexts.ordering.contract.views import ReturnPage, ReturnView
from comanda.contexts.ordering.locking import Target
from comanda.contexts.ordering.requests import LineBody
from comanda.contexts.ordering.return_goods import NoSuchReturn, RequestReturn
from comanda.contexts.ordering.viewer import Viewer, checked_id
from comanda.contexts.ordering.watching import OrderWatch
from comanda.kernel.goods import Pieces
from comanda.kernel.ids import is_id
from comanda.messaging.service import CallDep
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.http.fields import Body, Printable
from comanda.platform.http.pages import InvalidCursor, Limit, PageCursor, decode_cursor, page_of
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute, tags=["returns"])

Reason = Annotated[str, StringConstraints(min_length=1, max_length=500), Printable]
OrderId = Annotated[str, Field(max_length=50)]


class ReturnBody(Body):
    """Pieces of a delivered order that are to come back, and why."""

    order_id: OrderId
    lines: Annotated[list[LineBody], Field(min_length=1, max_length=1_000)]
    reason: Reason


class ApprovalBody(Body):
    """What staff add when they agree."""

    note: Reason | None = None


class RejectionBody(Body):
    """Why staff decline."""

    reason: Reason


@router.post("/returns", status_code=201, response_model=ReturnView)
async def request_return(body: ReturnBody, call: CallDep) -> Response:
    """Ask for pieces of a delivered order to be taken back. 409 for more than are left."""
    order_id = checked_id(body.order_id)
    command = RequestReturn(
        target=Target(order_id=order_id, viewer=Viewer.of(call, order_id)),
        lines=tuple(Pieces(sku=line.sku, quantity=line.quantity) for line in body.lines),
        reason=body.reason,
    )

    await check_visible(call, command.target)

    async def effect(work: UnitOfWork) -> ReturnView:
        return await return_goods.request_return(command, work)

    answer = await call.once(effect, status=201, guest_scope=order_id)
    _tell(call, order_id)
    return answer


@router.get("/returns")
async def list_returns(
    call: CallDep,
    order_id: Annotated[str | None, Query(max_length=50)] = None,
    status: Literal["requested", "approved", "rejected", "received"] | None = None,
    customer_id: Annotated[str | None, Query(max_length=50, pattern=r"^[^\x00]*$")] = None,
    limit: Limit = 50,
    cursor: PageCursor = None,
) -> ReturnPage:
    """Returns, newest first. Customers see their own, guests those of the order they hold the token of."""
    before = str(decode_cursor(cursor, str)[0]) if cursor else None
    if before is not None and not is_id(before):
        raise InvalidCursor("This cursor was not given by this list.")
    if order_id is not None and not is_id(order_id):
        return ReturnPage(items=[])
    viewer = Viewer.of(call, order_id) if order_id else Viewer(call.principal.owner)
    async with call.service.database.acquire() as connection:
        found = await return_store.page(
            connection,
            owner=viewer.customer,
            holds_token=viewer.holds_token,
            order_id=order_id,
            status=status,
            customer_id=customer_id,
            before=before,
            limit=limit,
        )
    page = page_of(found, limit, lambda one: (one.id,))
    return ReturnPage(items=page.items, next_cursor=page.next_cursor)


@router.post("/returns/{return_id}/approve", response_model=ReturnView)
async def approve_return(return_id: str, call: CallDep, body: ApprovalBody | None = None) -> Response:
    """Agree to a return: shipping prepares a parcel back. Approved pieces never exceed ordered ones."""
    _check(return_id)
    note = body.note if body else None

    async def effect(work: UnitOfWork) -> ReturnView:
        view = await return_goods.approve_return(return_id, note, work)
        return view

    return await call.once(effect)


@router.post("/returns/{return_id}/reject", response_model=ReturnView)
async def reject_return(return_id: str, body: RejectionBody, call: CallDep) -> Response:
    """Decline a return; its pieces may be asked for again."""
    _check(return_id)

    async def effect(work: UnitOfWork) -> ReturnView:
        return await return_goods.reject_return(return_id, body.reason, work)

    return await call.once(effect)


def _check(return_id: str) -> None:
    if not is_id(return_id):
        raise NoSuchReturn("There is no such return.")


def _tell(call: CallDep, order_id: str) -> None:
    watch: OrderWatch = call.service.state["watch"]
    watch.changed([order_id])
