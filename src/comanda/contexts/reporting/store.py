"""The SQL that writes the read model. Merging is commutative: facts of different publishers may come in any order."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from comanda.contexts.reporting.facts import OrderFacts
from comanda.messaging.log import Connection

_ADD_PLACED = """
    insert into orders as o (generation, order_id, created_at, currency, total, lines, reached, ended)
    select $1, *
    from unnest(
        $2::text[], $3::timestamptz[], $4::text[], $5::bigint[], $6::json[], $7::smallint[], $8::text[]
    )
    on conflict (generation, order_id) do update
    set created_at = excluded.created_at, currency = excluded.currency, total = excluded.total,
        lines = excluded.lines, reached = greatest(o.reached, excluded.reached),
        ended = coalesce(o.ended, excluded.ended)
"""

_ADD_PROGRESS = """
    insert into orders as o (generation, order_id, reached, ended)
    select $1, *
    from unnest($2::text[], $3::smallint[], $4::text[])
    on conflict (generation, order_id) do update
    set reached = greatest(o.reached, excluded.reached), ended = coalesce(o.ended, excluded.ended)
"""

_ADD_REFUNDS = """
    insert into orders as o (generation, order_id, refunded)
    select $1, *
    from unnest($2::text[], $3::bigint[])
    on conflict (generation, order_id) do update
    set refunded = o.refunded + excluded.refunded
"""

_ADD_REFUNDED_PIECES = """
    insert into refunded_pieces as p (generation, order_id, sku, quantity)
    select $1, *
    from unnest($2::text[], $3::text[], $4::int[])
    on conflict (generation, order_id, sku) do update
    set quantity = p.quantity + excluded.quantity
"""

_SET_RECORDS = """
    insert into orders as o
        (generation, order_id, recorded, created_at, currency, total, lines, reached, ended, refunded, hidden)
    select $1, order_id, true, created_at, currency, total, lines, reached, ended, coalesce(credited, 0), hidden
    from unnest(
        $2::text[], $3::timestamptz[], $4::text[], $5::bigint[], $6::json[], $7::smallint[], $8::text[], $9::bigint[],
        $10::boolean[]
    ) as r (order_id, created_at, currency, total, lines, reached, ended, credited, hidden)
    on conflict (generation, order_id) do update
    set recorded = true, created_at = excluded.created_at, currency = excluded.currency, total = excluded.total,
        lines = coalesce(excluded.lines, o.lines), reached = excluded.reached, ended = excluded.ended,
        refunded = excluded.refunded, hidden = o.hidden or excluded.hidden
"""

_HIDE_RECORDS = """
    insert into orders as o (generation, order_id, recorded, hidden)
    select $1, unnest($2::text[]), true, true
    on conflict (generation, order_id) do update
    set hidden = true
"""

_ADD_ABANDONED = """
    insert into abandoned_carts (generation, cart_id, abandoned_at)
    select $1, *
    from unnest($2::text[], $3::timestamptz[])
    on conflict do nothing
"""


async def live_generation(connection: Connection) -> int:
    """The generation that is shown and kept up to date. Locked, so that it is not swapped under a batch."""
    generation: int = await connection.fetchval("select generation from live for share")
    return generation


async def add_placed(connection: Connection, generation: int, orders: Sequence[OrderFacts]) -> None:
    """Orders whose making the batch saw, as far as they came in it."""
    if orders:
        rows = [(o.order_id, o.created_at, o.currency, o.total, o.lines, o.reached, o.ended) for o in orders]
        await connection.execute(_ADD_PLACED, generation, *_columns(rows))


async def add_progress(connection: Connection, generation: int, orders: Sequence[OrderFacts]) -> None:
    """How far orders came that were made before."""
    if orders:
        await connection.execute(
            _ADD_PROGRESS, generation, *_columns([(o.order_id, o.reached, o.ended) for o in orders])
        )


async def add_refunds(
    connection: Connection, generation: int, orders: Sequence[OrderFacts], pieces: Mapping[tuple[str, str], int]
) -> None:
    """What was paid back of orders, and for which pieces."""
    if orders:
        await connection.execute(_ADD_REFUNDS, generation, *_columns([(o.order_id, o.refunded) for o in orders]))
    if pieces:
        rows = [(order_id, sku, quantity) for (order_id, sku), quantity in pieces.items()]
        await connection.execute(_ADD_REFUNDED_PIECES, generation, *_columns(rows))


async def set_records(
    connection: Connection, generation: int, records: Sequence[OrderFacts], hidden: Sequence[OrderFacts]
) -> None:
    """Recorded orders with their present values, and those that are not shown any more."""
    if records:
        rows = [
            (o.order_id, o.created_at, o.currency, o.total, o.lines, o.reached, o.ended, o.credited, o.hidden)
            for o in records
        ]
        await connection.execute(_SET_RECORDS, generation, *_columns(rows))
    if hidden:
        await connection.execute(_HIDE_RECORDS, generation, [o.order_id for o in hidden])


async def add_abandoned(connection: Connection, generation: int, carts: Mapping[str, datetime]) -> None:
    """Carts that were given up."""
    if carts:
        await connection.execute(_ADD_ABANDONED, generation, list(carts), list(carts.values()))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
