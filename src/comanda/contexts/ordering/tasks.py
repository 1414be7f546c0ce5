"""What staff have to do about orders because no rule can: kept until somebody says that it is done.

Kinds: `refund_failed` (send the money back by other means), `tell_customer` (no message got through), `stuck` (a step
of a paid order does not come), `mismatch` (services say different things about an order), `foreign_stage` (a foreign
service does not do its part).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from comanda.contexts.ordering.contract.views import TaskView
from comanda.kernel.errors import NotFound
from comanda.messaging.log import Connection
from comanda.messaging.unit_of_work import UnitOfWork

REFUND_FAILED, TELL_CUSTOMER, STUCK, MISMATCH = "refund_failed", "tell_customer", "stuck", "mismatch"
FOREIGN_STAGE = "foreign_stage"

_TASK = """
    select t.id, t.order_id, o.number as order_number, t.kind, t.detail, t.created_at, t.done_at, t.done_by
    from staff_tasks t
    join orders o on o.id = t.order_id
"""


@dataclass(frozen=True, slots=True)
class NewTask:
    """Something to do about an order. The same one is kept once, until it is done."""

    order_id: str
    kind: str
    detail: str


async def add(connection: Connection, tasks: Sequence[NewTask]) -> None:
    """Keep tasks that are not open already."""
    if tasks:
        await connection.execute(
            """
            insert into staff_tasks (order_id, kind, detail)
            select order_id, kind, detail
            from unnest($1::uuid[], $2::text[], $3::text[]) as task (order_id, kind, detail)
            on conflict (order_id, kind, detail) where done_at is null do nothing
            """,
            [task.order_id for task in tasks],
            [task.kind for task in tasks],
            [task.detail for task in tasks],
        )


async def settle(connection: Connection, order_ids: Sequence[str], kind: str, now: datetime) -> None:
    """What there was to do of this kind has done itself."""
    if order_ids:
        await connection.execute(
            """
            update staff_tasks
            set done_at = $3
            where order_id = any ($1::uuid[])
            and kind = $2
            and done_at is null
            """,
            order_ids,
            kind,
            now,
        )


async def page(
    connection: Connection, *, done: bool, kind: str | None, order_id: str | None, before: str | None, limit: int
) -> list[TaskView]:
    """Tasks, newest first, up to `limit` + 1."""
    rows = await connection.fetch(
        _TASK
        + """
        where (t.done_at is not null) = $1
        and ($2::text is null or t.kind = $2)
        and ($3::uuid is null or t.order_id = $3)
        and ($4::uuid is null or t.id < $4)
        order by t.id desc
        limit $5
        """,
        done,
        kind,
        order_id,
        before,
        limit + 1,
    )
    return [TaskView(**row) for row in rows]


async def finish(work: UnitOfWork, task_id: str) -> TaskView:
    """Say that a task is done; saying it again changes nothing. Raises NotFound."""
    await work.connection.execute(
        """
        update staff_tasks
        set done_at = $2, done_by = $3
        where id = $1
        and done_at is null
        """,
        task_id,
        work.now,
        work.actor,
    )
    row = await work.connection.fetchrow(_TASK + "where t.id = $1", task_id)
    if row is None:
        raise NotFound("There is no such task.")
    return TaskView(**row)
