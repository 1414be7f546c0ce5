"""Lists of orders: filters, sorting and pages, each as a piece of SQL that is written here and nowhere else.

A page begins behind the last row of the one before (keyset), so that the thousandth page costs what the first does.
Clients that count instead have the last row that they skip looked up; that costs the more the more they skip.
Only the filters that are asked for become part of the statement: the planner then finds the index of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from comanda.contexts.ordering.answers import AnsweredOrder
from comanda.contexts.ordering.finding import COLUMNS, answer
from comanda.kernel.errors import Invalid
from comanda.kernel.ids import is_id
from comanda.messaging.log import Connection
from comanda.platform.http.pages import InvalidCursor, decode_cursor, encode_cursor

_OPEN = "((p.deadline is not null or not p.managed) and "
"""What is true of every open order; the planner finds the few that are by the index of the deadlines."""

STATUS_WORDS: dict[str, str] = {
    "created": _OPEN + "p.status = 'created')",
    "reserved": _OPEN + "p.status = 'reserved')",
    "paid": _OPEN + "p.status = 'paid')",
    "shipping_scheduled": _OPEN + "p.status = 'shipping_scheduled')",
    "completed": "p.status = 'completed'",
    "failed": "p.status = 'failed'",
    "canceled": "p.status = 'canceled'",
    "shipped": "p.fulfillment = 'shipped'",
    "delivered": "p.fulfillment = 'delivered'",
    "paid_uncommitted": _OPEN + "p.status = 'paid' and p.managed and p.inventory <> 'committed')",
    "paid_committed": _OPEN + "p.status = 'paid' and (not p.managed or p.inventory = 'committed'))",
    "completed_unshipped": "(p.status = 'completed' and p.fulfillment not in ('shipped', 'delivered', 'returned'))",
    "completed_shipped": "(p.status = 'completed' and p.fulfillment = 'shipped')",
    "completed_delivered": "(p.status = 'completed' and p.fulfillment in ('delivered', 'returned'))",
}
"""What `status` may be filtered by: the statuses, what the parcel adds to them, and the finer parts of a status that
older clients have words for (`contract/shades.py`). Of a recorded order the stock is nobody's concern."""

_WHERE: dict[str, str] = {
    "owner": "o.customer_id = $",
    "customer_id": "o.customer_id = $",
    "guest": "(o.customer_id is null) = $",
    "email": "lower(o.email) = lower($::text)",
    "managed": "p.managed = $",
    "number": "o.number = $",
    "reference": "(o.reference = $ or (o.reference is null and o.id = $::uuid))",
    "payment": "p.payment = any ($::text[])",
    "inventory": "p.inventory = any ($::text[])",
    "fulfillment": "p.fulfillment = any ($::text[])",
    "invoice": "p.invoice = any ($::text[])",
    "currency": "p.currency = $",
    "since": "o.created_at >= $",
    "until": "o.created_at < $",
    "min_total": "p.total >= $",
    "max_total": "p.total <= $",
}

_SEARCH = """(
    o.reference ^@ $::text
    or o.customer_id is not null and o.customer_id ^@ $::text
    or lower(o.email) ^@ lower($::text)
    or o.number = $::bigint
    or o.id = $::uuid
)"""

_ORDER_BY: dict[str, tuple[str, str, type]] = {
    "-created_at": ("(o.created_at, o.number) < ($::timestamptz, $)", "o.created_at desc, o.number desc", str),
    "created_at": ("(o.created_at, o.number) > ($::timestamptz, $)", "o.created_at, o.number", str),
    "-number": ("o.number < $", "o.number desc", int),
    "number": ("o.number > $", "o.number", int),
    "-total": ("(p.total, p.number) < ($::bigint, $)", "p.total desc, p.number desc", int),
    "total": ("(p.total, p.number) > ($::bigint, $)", "p.total, p.number", int),
}

SORTS = tuple(_ORDER_BY)

_KEYS = """
    select o.created_at, o.number, o.total
    from orders o
    where o.number not in (select number from progress where hidden)
"""

_KEYS_WITH_PROGRESS = """
    select o.created_at, o.number, p.total
    from orders o
    join progress p on p.order_id = o.id
    where not p.hidden
"""

LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which orders, in which order, from where on. `filters` are by the names of this module's table.

    `owner` narrows to one customer's own whatever else is asked for. `skip` leaves out so many first.
    """

    owner: str | None = None
    statuses: Sequence[str] = ()
    query: str | None = None
    filters: dict[str, Any] = field(default_factory=dict)
    sort: str = "-created_at"
    cursor: str | None = None
    limit: int = 50
    skip: int = 0


async def page(connection: Connection, wanted: Wanted) -> tuple[list[AnsweredOrder], str | None]:
    """A page of orders, and the cursor of the next one if there is one. Raises InvalidCursor, Invalid."""
    if wanted.skip:
        statement, arguments = last_skipped(wanted)
        row = await connection.fetchrow(statement, *arguments)
        if row is None:
            return [], None
        wanted = replace(wanted, skip=0, cursor=_cursor(wanted.sort, row["created_at"], row["total"], row["number"]))
    statement, arguments = statement_of(wanted)
    rows = await connection.fetch(statement, *arguments)
    orders = [answer(row) for row in rows[: wanted.limit]]
    return orders, _cursor_of(wanted.sort, orders[-1]) if len(rows) > wanted.limit else None


def statement_of(wanted: Wanted) -> tuple[str, list[Any]]:
    """The statement for a page and one row more, with its arguments."""
    statement = _chosen(COLUMNS, wanted)
    statement.end("limit $", wanted.limit + 1)
    return statement.text, statement.arguments


def last_skipped(wanted: Wanted) -> tuple[str, list[Any]]:
    """The statement for the last row that is skipped: the page begins behind it.

    No lines are read on the way, and no progress where nothing asks for it.
    """
    statement = _chosen("", wanted)
    statement.end("offset $ limit 1", wanted.skip - 1)
    keys = _KEYS_WITH_PROGRESS if " p." in statement.text or "(p." in statement.text else _KEYS
    return keys + statement.text, statement.arguments


def _chosen(columns: str, wanted: Wanted) -> "_Statement":
    """All rows that are wanted, in their order."""
    statement = _Statement(columns)
    if wanted.owner is not None:
        statement.where(_WHERE["owner"], wanted.owner)
    for name, value in wanted.filters.items():
        if value is not None:
            statement.where(_WHERE[name], *_arguments_of(name, value))
    if wanted.statuses:
        statement.where("(" + " or ".join(_status_sql(word) for word in wanted.statuses) + ")")
    if wanted.query:
        statement.where(_SEARCH, *_search_arguments(wanted.query))
    behind, order_by, _ = _ORDER_BY[wanted.sort]
    if wanted.cursor is not None:
        statement.where(behind, *_key_of(wanted.sort, wanted.cursor))
    statement.end("order by " + order_by)
    return statement


class _Statement:
    """Pieces of SQL of this module, and the arguments for their `$`, numbered as they come."""

    def __init__(self, columns: str) -> None:
        self.text = columns
        self.arguments: list[Any] = []

    def where(self, condition: str, *arguments: Any) -> None:
        self.end("and " + condition, *arguments)

    def end(self, piece: str, *arguments: Any) -> None:
        first, *rest = piece.split("$")
        assert len(rest) == len(arguments)
        text = first
        for argument, following in zip(arguments, rest, strict=True):
            self.arguments.append(argument)
            text += f"${len(self.arguments)}{following}"
        self.text += text + "\n"


def _status_sql(word: str) -> str:
    if word not in STATUS_WORDS:
        raise Invalid(f"{word!r} is no status.", statuses=list(STATUS_WORDS))
    return STATUS_WORDS[word]


def _arguments_of(name: str, value: Any) -> tuple[Any, ...]:
    """An order without a reference of its own is known by its id."""
    return (value, value if is_id(value) else None) if name == "reference" else (value,)


def _search_arguments(query: str) -> tuple[str, str, str, int | None, str | None]:
    number = int(query) if query.isascii() and query.isdigit() and int(query) <= LARGEST else None
    return query, query, query, number, query if is_id(query) else None


def _cursor_of(sort: str, last: AnsweredOrder) -> str:
    return _cursor(sort, last.created_at, last.totals.total.amount, last.number)


def _cursor(sort: str, created_at: datetime, total: int, number: int) -> str:
    values: dict[str, str | int] = {"created_at": created_at.isoformat(), "total": total, "number": number}
    return encode_cursor(sort, values[sort.removeprefix("-")], number)


def _key_of(sort: str, cursor: str) -> tuple[Any, ...]:
    given, value, number = decode_cursor(cursor, str, _ORDER_BY[sort][2], int)
    if given != sort or not _fits(number) or not _fits(value):
        raise InvalidCursor("This cursor was given by a list in another order.")
    if sort.endswith("number"):
        return (number,)
    return (value if isinstance(value, int) else _moment(value)), number


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidCursor("This cursor was not given by this list.") from error


def _fits(value: str | int) -> bool:
    return not isinstance(value, int) or -LARGEST <= value <= LARGEST
