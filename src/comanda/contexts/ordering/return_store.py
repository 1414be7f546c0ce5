"""The SQL of returns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import msgspec

from comanda.contexts.ordering.contract.events import OrderLine
from comanda.contexts.ordering.contract.views import PiecesView, ReturnView
from comanda.kernel.goods import Pieces
from comanda.kernel.money import Money
from comanda.messaging.log import Connection

_RETURN = """
    select r.id, r.order_id, o.number as order_number, o.customer_id, o.currency, r.status, r.lines, r.reason, r.value,
        r.requested_by, r.created_at, r.decided_at, r.decided_by, r.note
    from returns r
    join orders o on o.id = r.order_id
"""

_PAGE = (
    _RETURN
    + """
    where ($1::text is null or o.customer_id = $1 or ($7 and o.customer_id is null))
    and ($2::uuid is null or r.order_id = $2)
    and ($3::text is null or r.status = $3)
    and ($4::uuid is null or r.id < $4)
    and ($5::text is null or o.customer_id = $5)
    order by r.id desc
    limit $6
"""
)


@dataclass(frozen=True, slots=True)
class Return:
    """A return as it is stored."""

    id: str
    order_id: str
    status: str
    lines: tuple[Pieces, ...]
    value: int
    currency: str


async def lines_of(connection: Connection, order_id: str) -> tuple[list[OrderLine], str]:
    """What was ordered, and in which currency."""
    row = await connection.fetchrow(
        """
        select currency, (
            select json_agg(of_order order by of_order.line)
            from lines of_order
            where of_order.order_id = orders.id
        ) as lines
        from orders
        where id = $1
        """,
        order_id,
    )
    assert row is not None
    return msgspec.json.decode(row["lines"] or "[]", type=list[OrderLine]), row["currency"]


async def pieces_in(connection: Connection, order_id: str, statuses: Sequence[str]) -> list[Pieces]:
    """The pieces of an order's returns in these statuses. The order is locked by the caller."""
    rows = await connection.fetch(
        "select lines from returns where order_id = $1 and status = any ($2::text[])", order_id, statuses
    )
    return [pieces for row in rows for pieces in _pieces(row["lines"])]


async def insert(connection: Connection, new: Return, reason: str, requested_by: str | None, now: datetime) -> None:
    """Write a requested return."""
    await connection.execute(
        """
        insert into returns (id, order_id, status, reason, lines, value, requested_by, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        new.id,
        new.order_id,
        new.status,
        reason,
        msgspec.json.encode(new.lines).decode(),
        new.value,
        requested_by,
        now,
    )


async def decide(
    connection: Connection, return_id: str, status: str, now: datetime, decided_by: str | None, note: str | None
) -> None:
    """Write what staff decided. The return's order is locked by the caller."""
    await connection.execute(
        "update returns set status = $2, decided_at = $3, decided_by = $4, note = $5 where id = $1",
        return_id,
        status,
        now,
        decided_by,
        note,
    )


async def read(connection: Connection, return_id: str) -> Return | None:
    """One return."""
    row = await connection.fetchrow(_RETURN + "where r.id = $1", return_id)
    if row is None:
        return None
    return Return(row["id"], row["order_id"], row["status"], _pieces(row["lines"]), row["value"], row["currency"])


async def view(connection: Connection, return_id: str) -> ReturnView:
    """One return as it is answered."""
    row = await connection.fetchrow(_RETURN + "where r.id = $1", return_id)
    assert row is not None
    return _view(row)


async def page(
    connection: Connection,
    *,
    owner: str | None,
    holds_token: bool,
    order_id: str | None,
    status: str | None,
    customer_id: str | None,
    before: str | None,
    limit: int,
) -> list[ReturnView]:
    """Returns, newest first, up to `limit` + 1. `holds_token`: of the guest's order that is asked for."""
    rows = await connection.fetch(_PAGE, owner, order_id, status, before, customer_id, limit + 1, holds_token)
    return [_view(row) for row in rows]


def _pieces(lines: str) -> tuple[Pieces, ...]:
    return msgspec.json.decode(lines, type=tuple[Pieces, ...])


def _view(row: asyncpg.Record) -> ReturnView:
    return ReturnView(
        id=row["id"],
        order_id=row["order_id"],
        order_number=row["order_number"],
        customer_id=row["customer_id"],
        status=row["status"],
        lines=[PiecesView(sku=pieces.sku, quantity=pieces.quantity) for pieces in _pieces(row["lines"])],
        reason=row["reason"],
        value=Money(row["value"], row["currency"]),
        requested_by=row["requested_by"],
        created_at=row["created_at"],
        decided_at=row["decided_at"],
        decided_by=row["decided_by"],
        note=row["note"],
    )
