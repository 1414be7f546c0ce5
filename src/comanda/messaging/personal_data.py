"""The route by which a service tells what it holds about a person, made of a statement for each kind of record."""

from collections.abc import Sequence
from typing import Annotated, Any

import asyncpg
import msgspec
from fastapi import APIRouter, Path
from pydantic import BaseModel
from starlette.responses import Response

from comanda.messaging.log import Connection
from comanda.messaging.service import CallDep, json_response
from comanda.platform.http.access import SERVICE, AccessTable
from comanda.platform.http.fields import NO_NUL
from comanda.platform.http.pages import InvalidCursor, Limit, PageCursor, decode_cursor, encode_cursor
from comanda.platform.http.routing import CheckedRoute
from comanda.platform.personal_data import PersonalPage, PersonalRecord

PERSONAL_DATA_ACCESS: AccessTable = {"GET /personal-data/{customer_id:path}": SERVICE}
"""Only our own services gather personal data; the customer asks profiling for the whole."""

LONGEST_KEY = 100

CustomerId = Annotated[str, Path(max_length=50, pattern=NO_NUL)]


class Section(msgspec.Struct, frozen=True):
    """One kind of record, and the statement that reads it.

    `$1` is the customer, `$2` the key after which to go on (text, null: from the beginning), `$3` how many rows. Each
    row is the record's `key` (text, in the order of the rows) and its `data` (JSON).
    """

    kind: str
    statement: str


class PersonalRecordView(BaseModel):
    """One thing that is held about a person; `data` is as the service keeps it."""

    kind: str
    data: dict[str, Any]


class PersonalPageView(BaseModel):
    """A part of what a service holds about a person."""

    items: list[PersonalRecordView]
    next_cursor: str | None = None


def personal_data_router(sections: Sequence[Section]) -> APIRouter:
    """The route of a service; what it has published about the person comes last."""
    router = APIRouter(route_class=CheckedRoute, tags=["personal data"])
    everything = [*sections, _PUBLISHED]

    @router.get("/personal-data/{customer_id:path}", response_model=PersonalPageView)
    async def read_personal_data(
        customer_id: CustomerId, call: CallDep, limit: Limit = 50, cursor: PageCursor = None
    ) -> Response:
        """What this service holds about a customer, in a stable order. For our own services."""
        async with call.service.database.acquire() as connection:
            page = await read_page(connection, everything, customer_id, cursor, limit)
        return json_response(page)

    return router


async def read_page(
    connection: Connection, sections: Sequence[Section], customer_id: str, cursor: str | None, limit: int
) -> PersonalPage:
    """Up to `limit` records after the cursor, section after section. Raises InvalidCursor."""
    section, after = _position(cursor, len(sections))
    items: list[PersonalRecord] = []
    while section < len(sections):
        wanted = limit - len(items)
        try:
            rows = await connection.fetch(sections[section].statement, customer_id, after, wanted)
        except asyncpg.DataError as error:
            raise InvalidCursor("This cursor was not given by this list.") from error
        items += [PersonalRecord(sections[section].kind, msgspec.Raw(row["data"].encode())) for row in rows]
        if len(rows) == wanted:
            return PersonalPage(items, encode_cursor(section, rows[-1]["key"]))
        section, after = section + 1, None
    return PersonalPage(items, None)


def _position(cursor: str | None, sections: int) -> tuple[int, str | None]:
    if cursor is None:
        return 0, None
    section, key = decode_cursor(cursor, int, str)
    if not 0 <= int(section) < sections or len(str(key)) > LONGEST_KEY:
        raise InvalidCursor("This cursor was not given by this list.")
    return int(section), str(key)


_PUBLISHED = Section(
    "event",
    """
    select era || '.' || position as key,
        json_build_object(
            'type', type, 'subject', subject, 'time', time, 'actor', actor, 'data', data, 'personal', personal
        ) as data
    from messaging.log
    where person = $1
    and starts_with(type, 'comanda.' || current_schema() || '.')
    and (
        $2::text is null
        or (era, position) > (split_part($2, '.', 1)::int, split_part($2, '.', 2)::bigint)
    )
    order by messaging.log.era, messaging.log.position
    limit $3
    """,
)
"""What the service has published about the person; its name is its schema's."""
