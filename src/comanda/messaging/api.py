"""The routes by which operators see, replay and discard the dead letters of a service."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from pydantic import BaseModel

from comanda.kernel.errors import NotFound
from comanda.kernel.ids import is_id
from comanda.kernel.permissions import DEAD_LETTERS_READ, DEAD_LETTERS_WRITE
from comanda.messaging import dead_letters
from comanda.messaging.consumer import Consumer
from comanda.messaging.dead_letters import DeadLetter
from comanda.messaging.service import CallDep
from comanda.platform.http.access import AccessTable, staff
from comanda.platform.http.fields import NO_NUL
from comanda.platform.http.pages import Limit, Page, PageCursor, decode_cursor, page_of
from comanda.platform.http.routing import CheckedRoute

dead_letter_router = APIRouter(route_class=CheckedRoute, tags=["dead letters"])

dead_letter_access: AccessTable = {
    "GET /dead-letters": staff(DEAD_LETTERS_READ),
    "GET /dead-letters/{letter_id}": staff(DEAD_LETTERS_READ),
    "POST /dead-letters/{letter_id}/replay": staff(DEAD_LETTERS_WRITE),
    "POST /dead-letters/{letter_id}/discard": staff(DEAD_LETTERS_WRITE),
}


class DeadLetterView(BaseModel):
    """An event that could not be handled, and why. `status` is parked, replayed or discarded."""

    id: str
    consumer: str
    position: int
    type: str
    subject: str
    time: datetime
    data: dict[str, Any]
    reason: str
    status: str
    parked_at: datetime
    settled_at: datetime | None
    settled_by: str | None


class Replayed(BaseModel):
    """How many of a subject's letters were handled."""

    replayed: int


@dead_letter_router.get("/dead-letters")
async def list_dead_letters(
    call: CallDep,
    status: Annotated[str | None, Query(pattern="^(parked|replayed|discarded)$")] = "parked",
    subject: Annotated[str | None, Query(max_length=100, pattern=NO_NUL)] = None,
    limit: Limit = 50,
    cursor: PageCursor = None,
) -> Page[DeadLetterView]:
    """Events that this service could not handle, newest first."""
    before = str(decode_cursor(cursor, str)[0]) if cursor else None
    async with call.service.database.acquire() as connection:
        letters = await dead_letters.list_letters(
            connection, consumer=call.service.name, status=status, subject=subject, before=before, limit=limit + 1
        )
    return page_of([_view(letter) for letter in letters], limit, lambda view: (view.id,))


@dead_letter_router.get("/dead-letters/{letter_id}")
async def get_dead_letter(letter_id: str, call: CallDep) -> DeadLetterView:
    """One event that could not be handled."""
    return _view(await _letter(call, letter_id))


@dead_letter_router.post("/dead-letters/{letter_id}/replay")
async def replay_dead_letter(letter_id: str, call: CallDep) -> Replayed:
    """Handle the letter's subject again, all its letters in order. 409 when it still fails; nothing changes then."""
    letter = await _letter(call, letter_id)
    return Replayed(replayed=await _consumer(call).replay(letter.subject, call.principal.actor or ""))


@dead_letter_router.post("/dead-letters/{letter_id}/discard")
async def discard_dead_letter(letter_id: str, call: CallDep) -> DeadLetterView:
    """Give up a letter for good: its event will have no effect in this service."""
    await _letter(call, letter_id)
    await _consumer(call).discard(letter_id, call.principal.actor or "")
    return _view(await _letter(call, letter_id))


async def _letter(call: CallDep, letter_id: str) -> DeadLetter:
    letter = None
    if is_id(letter_id):
        async with call.service.database.acquire() as connection:
            letter = await dead_letters.get_letter(connection, letter_id)
    if letter is None or letter.consumer != call.service.name:
        raise NotFound("There is no such dead letter.")
    return letter


def _consumer(call: CallDep) -> Consumer:
    if call.service.consumer is None:
        raise NotFound("This service reacts to nothing.")
    return call.service.consumer


def _view(letter: DeadLetter) -> DeadLetterView:
    return DeadLetterView(
        id=letter.id,
        consumer=letter.consumer,
        position=letter.position,
        type=letter.type,
        subject=letter.subject,
        time=letter.time,
        data=msgspec.json.decode(letter.data),
        reason=letter.reason,
        status=letter.status,
        parked_at=letter.parked_at,
        settled_at=letter.settled_at,
        settled_by=letter.settled_by,
    )
