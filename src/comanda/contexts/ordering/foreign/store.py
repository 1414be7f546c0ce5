"""The SQL of stages in foreign hands."""

from collections.abc import Iterable, Sequence

from comanda.contexts.ordering.contract.stages import CART, PAYMENT
from comanda.contexts.ordering.foreign.stage import STAGE_OF, Stage, calls_of, first_calls
from comanda.contexts.ordering.order import Order
from comanda.contexts.ordering.placement import Placement
from comanda.messaging import intents
from comanda.messaging.intents import NewIntent
from comanda.messaging.log import Connection

_BEGIN = """
    insert into foreign_stages (order_id, stage, token)
    select order_id, stage, token
    from unnest($1::uuid[], $2::text[], $3::text[]) as new (order_id, stage, token)
"""

_MARK = """
    update progress
    set foreign_stages = $2
    where order_id = any ($1::uuid[])
"""

_LOCK = """
    select order_id, stage, state, token
    from foreign_stages
    where order_id = any ($1::uuid[])
    order by order_id, stage
    for update
"""

_SAVE = """
    update foreign_stages
    set state = new.state, token = new.token, updated_at = clock_timestamp()
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as new (order_id, stage, state, token)
    where foreign_stages.order_id = new.order_id
    and foreign_stages.stage = new.stage
"""


def subject_of(order_id: str, stage: str) -> str:
    """The subject of a stage's calls: those of one stage are made one at a time, stages do not wait for each other."""
    return f"{order_id}/{stage}"


def order_of(subject: str) -> str:
    """The order that a call is about."""
    return subject.partition("/")[0]


async def begin(connection: Connection, placements: Sequence[Placement], stages: Sequence[str]) -> None:
    """Give orders, in the transaction that places them, their stages in foreign hands and the first calls."""
    kept = [stage for stage in stages if stage != CART]
    rows = [(placed.created, stage) for placed in placements for stage in kept]
    await connection.execute(
        _BEGIN,
        [created.order_id for created, _ in rows],
        [stage for _, stage in rows],
        [created.token if stage == PAYMENT else "" for created, stage in rows],
    )
    await connection.execute(_MARK, [placed.created.order_id for placed in placements], stages)
    await intents.write(
        connection,
        [
            NewIntent(subject_of(p.created.order_id, STAGE_OF[kind]), kind, trace=p.command.trace)
            for p in placements
            for kind in first_calls(stages)
        ],
    )


async def write_calls(connection: Connection, orders: Iterable[Order]) -> None:
    """Write the calls that follow from what has changed about orders, which are locked."""
    await intents.write(
        connection,
        [
            NewIntent(subject_of(order.id, STAGE_OF[kind]), kind, trace=order.trace)
            for order in orders
            for kind in calls_of(order)
        ],
    )


async def lock(connection: Connection, order_ids: Iterable[str]) -> dict[tuple[str, str], Stage]:
    """The stages of some orders, locked, by order and name."""
    rows = await connection.fetch(_LOCK, sorted(order_ids))
    return {(row[0], row[1]): Stage(row[0], row[1], row[2], row[3]) for row in rows}


async def save(connection: Connection, stages: Iterable[Stage]) -> None:
    """Write the stages that have changed."""
    changed = [stage for stage in stages if stage.changed]
    if changed:
        await connection.execute(
            _SAVE,
            [stage.order_id for stage in changed],
            [stage.name for stage in changed],
            [stage.state for stage in changed],
            [stage.token for stage in changed],
        )


async def exist(connection: Connection) -> bool:
    """Whether any order was ever placed with a stage in foreign hands."""
    return bool(await connection.fetchval("select exists (select from foreign_stages)"))
