"""Stocking's SQL for what changes: locking and writing reservations, levels, returns and the ledger.

Tables are always taken in one order: reservations, returns, levels; rows in the order of their keys.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from comanda.contexts.stocking.shelf import RESERVED, Level, Movement, Reservation
from comanda.messaging.log import Connection

_LOCK_RESERVATIONS = """
    select id, state, skus, quantities, expires_at, held_by, has_returns
    from reservations
    where id = any ($1::uuid[])
    order by id
    for update
"""

_RETURNS = """
    select reservation_id, cause, sku, quantity
    from returns
    where reservation_id = any ($1::uuid[])
"""

_LOCK_LEVELS = """
    select sku, on_hand, reserved, coalesce(low_stock_threshold, $2) as threshold
    from levels
    where sku = any ($1::text[])
    order by sku
    for update
"""

_INSERT_RESERVATIONS = """
    insert into reservations (id, state, expires_at, skus, quantities, held_by, has_returns)
    select id, $5, expires_at, skus::text[], quantities::int[], $6, $7
    from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[]) as new (id, expires_at, skus, quantities)
    on conflict (id) do nothing
"""

_UPDATE_RESERVATIONS = """
    update reservations
    set state = new.state, expires_at = new.expires_at, has_returns = new.has_returns,
        skus = new.skus::text[], quantities = new.quantities::int[]
    from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bool[], $5::text[], $6::text[])
        as new (id, state, expires_at, has_returns, skus, quantities)
    where reservations.id = new.id
"""

_COMMIT_RESERVATIONS = """
    with committed as (
        update reservations
        set state = 'committed'
        where id = any ($1::uuid[])
        and state = 'reserved'
        returning id, skus, quantities
    ),
    sold as (
        insert into movements (sku, delta, kind, order_id)
        select line.sku, -line.quantity, 'sold', committed.id
        from committed, unnest(committed.skus, committed.quantities) as line (sku, quantity)
    )
    select count(*)
    from committed
"""

_INSERT_RETURNS = """
    insert into returns (reservation_id, cause, sku, quantity)
    select reservation_id, cause, sku, quantity
    from unnest($1::uuid[], $2::text[], $3::text[], $4::int[]) as new (reservation_id, cause, sku, quantity)
"""

_INSERT_MOVEMENTS = """
    insert into movements (sku, delta, kind, order_id, reason, actor)
    select sku, delta, kind, order_id, reason, $6
    from unnest($1::text[], $2::int[], $3::text[], $4::uuid[], $5::text[]) as new (sku, delta, kind, order_id, reason)
"""

_INSERT_LEVELS = """
    insert into levels (sku)
    select sku
    from unnest($1::text[]) as new (sku)
    on conflict (sku) do nothing
"""

_UPDATE_LEVELS = """
    update levels
    set on_hand = new.on_hand, reserved = new.reserved
    from unnest($1::text[], $2::int[], $3::int[]) as new (sku, on_hand, reserved)
    where levels.sku = new.sku
"""

_SET_THRESHOLD = """
    update levels
    set low_stock_threshold = $2
    where sku = $1
"""

_INSERT_HOLD = """
    insert into holds (reservation_id, expires_at)
    values ($1, $2)
"""

_DELETE_HOLDS = """
    delete from holds
    where reservation_id = any ($1::uuid[])
"""

_EXPIRED_HOLDS = """
    select reservation_id
    from holds
    where expires_at <= $1
    order by expires_at
    limit $2
"""

_FIND_OVERDUE = """
    with since as (
        select coalesce((select upto from sweeps where name = 'overdue'), '-infinity') as moment
    ),
    late as (
        select id, expires_at
        from reservations
        where expires_at > (select moment from since)
        and expires_at <= $1
        and state = 'reserved'
        and held_by is null
    ),
    noted as (
        insert into overdue (reservation_id, expires_at)
        select id, expires_at
        from late
        on conflict (reservation_id) do nothing
    )
    insert into sweeps (name, upto)
    values ('overdue', $1)
    on conflict (name) do update set upto = excluded.upto
"""

_FORGET_SETTLED = """
    delete from overdue
    using reservations
    where reservations.id = overdue.reservation_id
    and reservations.state <> 'reserved'
"""


async def lock_reservations(connection: Connection, ids: Iterable[str]) -> list[Reservation]:
    """The reservations that exist of those named, locked, with what was given back for them."""
    found = {
        row["id"]: Reservation(
            row["id"],
            row["state"],
            dict(zip(row["skus"], row["quantities"], strict=True)),
            expires_at=row["expires_at"],
            held_by=row["held_by"],
            loaded=row["state"],
            has_returns=row["has_returns"],
        )
        for row in await connection.fetch(_LOCK_RESERVATIONS, sorted(ids))
    }
    with_returns = [reservation.id for reservation in found.values() if reservation.has_returns]
    if with_returns:
        for row in await connection.fetch(_RETURNS, with_returns):
            by_cause = found[row["reservation_id"]].returns
            by_cause.setdefault(row["cause"], {})[row["sku"]] = row["quantity"]
    return list(found.values())


async def lock_levels(connection: Connection, skus: Iterable[str], default_threshold: int) -> list[Level]:
    """The levels that exist of those named, locked in sku order."""
    return [Level(*row) for row in await connection.fetch(_LOCK_LEVELS, sorted(skus), default_threshold)]


async def insert_reservations(connection: Connection, new: Sequence[Reservation]) -> bool:
    """Write new reservations. False when one of them exists already: nothing may be committed then."""
    groups: dict[tuple[str, str | None, bool], list[Reservation]] = {}
    for reservation in new:
        groups.setdefault((_before_commit(reservation), reservation.held_by, reservation.has_returns), []).append(
            reservation
        )
    for (state, held_by, has_returns), group in groups.items():
        status = await connection.execute(
            _INSERT_RESERVATIONS,
            [reservation.id for reservation in group],
            [reservation.expires_at for reservation in group],
            [_text_array(reservation.pieces) for reservation in group],
            [_int_array(reservation.pieces.values()) for reservation in group],
            state,
            held_by,
            has_returns,
        )
        if status != f"INSERT 0 {len(group)}":
            return False
    return True


async def update_reservations(connection: Connection, changed: Sequence[Reservation]) -> None:
    """Write locked reservations as they are now. One that is committed as well is written as reserved before."""
    await connection.execute(
        _UPDATE_RESERVATIONS,
        [reservation.id for reservation in changed],
        [_before_commit(reservation) for reservation in changed],
        [reservation.expires_at for reservation in changed],
        [reservation.has_returns for reservation in changed],
        [_text_array(reservation.pieces) for reservation in changed],
        [_int_array(reservation.pieces.values()) for reservation in changed],
    )


async def commit_reservations(connection: Connection, ids: Sequence[str]) -> None:
    """Turn reserved into committed and write the sales into the ledger."""
    committed = await connection.fetchval(_COMMIT_RESERVATIONS, ids)
    assert committed == len(ids), f"{len(ids)} reservations were locked, {committed} could be committed"


async def insert_returns(connection: Connection, given_back: Sequence[tuple[str, str, str, int]]) -> None:
    """Remember what was given back: reservation, cause, sku, quantity."""
    await connection.execute(_INSERT_RETURNS, *(list(column) for column in zip(*given_back, strict=True)))


async def insert_movements(connection: Connection, movements: Sequence[Movement], actor: str | None) -> None:
    """Write lines of the ledger."""
    await connection.execute(
        _INSERT_MOVEMENTS,
        [movement.sku for movement in movements],
        [movement.delta for movement in movements],
        [movement.kind for movement in movements],
        [movement.order_id for movement in movements],
        [movement.reason for movement in movements],
        actor,
    )


async def insert_levels(connection: Connection, skus: Sequence[str]) -> None:
    """Empty levels for new products; those that exist stay as they are."""
    await connection.execute(_INSERT_LEVELS, skus)


async def update_levels(connection: Connection, levels: Sequence[Level]) -> None:
    """Write locked levels as they are now."""
    await connection.execute(
        _UPDATE_LEVELS,
        [level.sku for level in levels],
        [level.on_hand for level in levels],
        [level.reserved for level in levels],
    )


async def set_threshold(connection: Connection, sku: str, low_stock_threshold: int | None) -> bool:
    """Set a product's own low-stock mark; False when there is no such level."""
    return await connection.execute(_SET_THRESHOLD, sku, low_stock_threshold) == "UPDATE 1"


async def insert_hold(connection: Connection, id: str, expires_at: datetime) -> None:
    """Let a reservation expire by itself."""
    await connection.execute(_INSERT_HOLD, id, expires_at)


async def delete_holds(connection: Connection, ids: Sequence[str]) -> None:
    """These reservations are over."""
    await connection.execute(_DELETE_HOLDS, ids)


async def expired_holds(connection: Connection, now: datetime, limit: int) -> list[str]:
    """Reservations that belong to no order and are past their time."""
    return [row["reservation_id"] for row in await connection.fetch(_EXPIRED_HOLDS, now, limit)]


async def find_overdue(connection: Connection, now: datetime) -> None:
    """Note orders' reservations that have passed their time since the last look, and forget those that ended."""
    await connection.execute(_FIND_OVERDUE, now)
    await connection.execute(_FORGET_SETTLED)


def _before_commit(reservation: Reservation) -> str:
    return RESERVED if reservation.newly_committed else reservation.state


def _text_array(texts: Iterable[str]) -> str:
    """A PostgreSQL array literal: an array of arrays of different lengths cannot be sent otherwise."""
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return '{"' + '","'.join(quoted) + '"}' if texts else "{}"


def _int_array(numbers: Iterable[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"
