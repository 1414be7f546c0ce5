"""Paying's routes."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query

from comanda.contexts.paying import queries
from comanda.contexts.paying.contract.views import PaymentIntentView
from comanda.kernel.ids import is_id
from comanda.messaging.service import CallDep
from comanda.platform.http.pages import InvalidCursor, Limit, Page, PageCursor, decode_cursor, page_of
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute)

IntentId = Annotated[UUID, Path(description="The payment intent's id, which is its order's.")]
Status = Literal["created", "outstanding", "captured", "failed", "voided"]
Method = Literal["card", "bank_transfer", "on_delivery"]


@router.get("/payment-intents")
async def list_payment_intents(
    call: CallDep,
    order_id: Annotated[UUID | None, Query()] = None,
    status: Annotated[Status | None, Query()] = None,
    method: Annotated[Method | None, Query()] = None,
    limit: Limit = 50,
    cursor: PageCursor = None,
) -> Page[PaymentIntentView]:
    """List payment intents, newest order first; customers see their own."""
    before = _id_in(cursor)
    async with call.service.database.acquire() as connection:
        found = await queries.intents(
            connection,
            owner=call.principal.owner,
            order_id=str(order_id) if order_id else None,
            status=status,
            method=method,
            before=before,
            limit=limit + 1,
        )
    return page_of(found, limit, lambda intent: (intent.id,))


@router.get("/payment-intents/{intent_id}")
async def get_payment_intent(intent_id: IntentId, call: CallDep) -> PaymentIntentView:
    """Get a payment intent."""
    async with call.service.database.acquire() as connection:
        return await queries.intent(connection, str(intent_id), call.principal.owner)


def _id_in(cursor: str | None) -> str | None:
    """The id that a page's cursor stands at."""
    if cursor is None:
        return None
    (last,) = decode_cursor(cursor, str)
    if not is_id(str(last)):
        raise InvalidCursor("This cursor was not given by this list.")
    return str(last)
