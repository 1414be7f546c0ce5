"""Ordering's routes for staff: what is to be done about orders, and whether the services agree about them."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from comanda.contexts.ordering import tasks
from comanda.contexts.ordering.contract.views import ComparisonView, TaskKind, TaskPage, TaskView
from comanda.contexts.ordering.listing import LARGEST
from comanda.contexts.ordering.reconciling import Reconciler
from comanda.kernel.errors import NotFound
from comanda.kernel.ids import is_id
from comanda.messaging.service import CallDep
from comanda.platform.http.fields import Body
from comanda.platform.http.pages import InvalidCursor, Limit, PageCursor, decode_cursor, page_of
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute, tags=["tasks"])

MOST_COMPARED = 50


class ComparisonBody(Body):
    """A piece of a comparison. `heal`: publish again what a service has missed, and keep the rest as tasks."""

    cursor: Annotated[str, Field(max_length=500)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_COMPARED)] = MOST_COMPARED
    heal: bool = False


@router.get("/tasks")
async def list_tasks(
    call: CallDep,
    done: bool = False,
    kind: TaskKind | None = None,
    order_id: Annotated[str | None, Query(max_length=50)] = None,
    limit: Limit = 50,
    cursor: PageCursor = None,
) -> TaskPage:
    """What staff have to do about orders, newest first."""
    before = str(decode_cursor(cursor, str)[0]) if cursor else None
    if before is not None and not is_id(before):
        raise InvalidCursor("This cursor was not given by this list.")
    if order_id is not None and not is_id(order_id):
        return TaskPage(items=[])
    async with call.service.database.acquire() as connection:
        found = await tasks.page(connection, done=done, kind=kind, order_id=order_id, before=before, limit=limit)
    page = page_of(found, limit, lambda task: (task.id,))
    return TaskPage(items=page.items, next_cursor=page.next_cursor)


@router.post("/tasks/{task_id}/done")
async def finish_task(task_id: str, call: CallDep) -> TaskView:
    """Say that a task is done. Saying it again changes nothing."""
    if not is_id(task_id):
        raise NotFound("There is no such task.")
    async with call.begin() as work:
        return await tasks.finish(work, task_id)


@router.post("/comparisons")
async def compare_services(body: ComparisonBody, call: CallDep) -> ComparisonView:
    """Compare orders at rest with what the other services say about them, by number, a piece at a time."""
    after = int(decode_cursor(body.cursor, int)[0]) if body.cursor else 0
    if not 0 <= after <= LARGEST:
        raise InvalidCursor("This cursor was not given by this list.")
    view, _ = await Reconciler(call.service).compare(after, body.limit, heal=body.heal)
    return view
