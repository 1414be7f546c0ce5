"""Notifying's routes."""

from typing import Annotated

from fastapi import APIRouter, Query

from comanda.contexts.notifying import log
from comanda.contexts.notifying.contract.views import Channel, NotificationView, Status
from comanda.messaging.service import CallDep
from comanda.platform.http.pages import Limit, Page, PageCursor, decode_cursor, page_of
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute)

ShortText = Annotated[str | None, Query(max_length=200)]


@router.get("/notifications", tags=["notifications"])
async def notifications(
    call: CallDep,
    limit: Limit = 50,
    cursor: PageCursor = None,
    order_id: ShortText = None,
    status: Status | None = None,
    milestone: ShortText = None,
    channel: Channel | None = None,
) -> Page[NotificationView]:
    """The delivery log, newest first."""
    before = str(decode_cursor(cursor, str)[0]) if cursor else None
    narrowed = log.Filter(order_id, status, milestone, channel, None, before)
    async with call.service.database.acquire() as connection:
        rows = await log.entries(connection, narrowed, limit)
    return page_of(rows, limit, lambda row: (row.id,))
