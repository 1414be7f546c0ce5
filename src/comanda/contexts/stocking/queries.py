"""What can be asked about the stock: levels, the ledger, reservations, alerts."""

from collections.abc import Sequence

import asyncpg

from comanda.contexts.stocking.contract.views import (
    AlertView,
    AvailabilityView,
    MovementView,
    ReservationView,
    ReservedLineView,
    StockLevelView,
    StockStatus,
)
from comanda.contexts.stocking.shelf import Level
from comanda.messaging.log import Connection

_LEVELS = """
    select sku, on_hand, reserved, coalesce(low_stock_threshold, $1) as threshold
    from levels
    where ($2::text[] is null or sku = any ($2::text[]))
    and ($3::text is null or strpos(lower(sku), lower($3)) > 0)
    and (not $4 or on_hand - reserved <= coalesce(low_stock_threshold, $1))
    and (not $5 or on_hand = reserved)
    and ($6::text is null or sku > $6)
    order by sku
    limit $7
"""

_MOVEMENTS = """
    select id, sku, delta, kind, reason, order_id, actor, at
    from movements
    where sku = $1
    and ($2::bigint is null or id < $2)
    order by sku desc, id desc
    limit $3
"""

_RESERVATIONS = """
    select id, state, held_by, skus, quantities, expires_at, created_at
    from reservations
    where id = any ($1::uuid[])
"""

_LATEST_RESERVATIONS = """
    select id, state, held_by, skus, quantities, expires_at, created_at
    from reservations
    where ($1::uuid is null or id < $1)
    and ($2::text is null or state = $2)
    and (not $3 or held_by is not null)
    order by id desc
    limit $4
"""

_OVERDUE = """
    select reservations.id, reservations.expires_at
    from overdue
    join reservations on reservations.id = overdue.reservation_id
    where reservations.state = 'reserved'
    and ($1::uuid is null or reservations.id > $1)
    order by reservations.id
    limit $2
"""

_KNOWN = "select sku from levels where sku = any ($1::text[])"


async def levels(
    connection: Connection,
    default_threshold: int,
    *,
    skus: Sequence[str] | None = None,
    query: str | None = None,
    low: bool = False,
    out: bool = False,
    after: str | None = None,
    limit: int,
) -> list[StockLevelView]:
    """Levels in sku order, after a sku; up to one more than asked for, so that a page knows of the next."""
    rows = await connection.fetch(_LEVELS, default_threshold, skus, query, low, out, after, limit + 1)
    return [level_view(Level(*row)) for row in rows]


async def unknown(connection: Connection, skus: Sequence[str]) -> list[str]:
    """Those of the products that have no level."""
    known = {row["sku"] for row in await connection.fetch(_KNOWN, skus)}
    return [sku for sku in skus if sku not in known]


async def movements(connection: Connection, sku: str, *, before: int | None, limit: int) -> list[MovementView]:
    """A product's ledger, the latest first; up to one more than asked for."""
    return [MovementView(**row) for row in await connection.fetch(_MOVEMENTS, sku, before, limit + 1)]


async def reservation(connection: Connection, id: str) -> ReservationView | None:
    """One reservation."""
    rows = await connection.fetch(_RESERVATIONS, [id])
    return _reservation_view(rows[0]) if rows else None


async def reservations(
    connection: Connection, *, state: str | None, unmanaged: bool, before: str | None, limit: int
) -> list[ReservationView]:
    """Reservations, the latest first; up to one more than asked for."""
    rows = await connection.fetch(_LATEST_RESERVATIONS, before, state, unmanaged, limit + 1)
    return [_reservation_view(row) for row in rows]


async def overdue(connection: Connection, *, after: str | None, limit: int) -> list[AlertView]:
    """Orders whose goods are set aside for longer than was planned; up to one more than asked for."""
    rows = await connection.fetch(_OVERDUE, after, limit + 1)
    return [AlertView(kind="overdue", order_id=row["id"], expires_at=row["expires_at"]) for row in rows]


def level_view(level: Level) -> StockLevelView:
    """A level as it is answered to staff."""
    return StockLevelView(
        sku=level.sku,
        available=level.free,
        status=_status(level.free, level.threshold),
        on_hand=level.on_hand,
        reserved=level.reserved,
        low_stock_threshold=level.threshold,
    )


def availability_view(view: StockLevelView) -> AvailabilityView:
    """A level as it is answered to everybody."""
    return AvailabilityView(sku=view.sku, available=view.available, status=view.status)


def alert_of(level: StockLevelView) -> AlertView:
    """The alert that a product runs low, or out."""
    return AlertView(
        kind="low" if level.available else "out",
        sku=level.sku,
        available=level.available,
        low_stock_threshold=level.low_stock_threshold,
    )


def _reservation_view(row: asyncpg.Record) -> ReservationView:
    pieces = zip(row["skus"], row["quantities"], strict=True)
    return ReservationView(
        id=row["id"],
        state=row["state"],
        managed=row["held_by"] is None,
        lines=[ReservedLineView(sku=sku, quantity=quantity) for sku, quantity in pieces],
        expires_at=row["expires_at"],
        created_at=row["created_at"],
    )


def _status(free: int, threshold: int) -> StockStatus:
    if free <= 0:
        return "out"
    return "low" if free <= threshold else "in_stock"
