"""Recording orders by hand: writing them down, changing and hiding them, setting their status."""

from collections.abc import Callable
from dataclasses import replace

import asyncpg

from comanda.contexts.ordering import erasing, finding, record_store
from comanda.contexts.ordering.contract.events import OrderRecordChanged, OrderRecordDeleted, OrderRecorded
from comanda.contexts.ordering.locking import Target
from comanda.contexts.ordering.placement import ReferenceTaken
from comanda.contexts.ordering.record import NotRecorded, Record, differences, status_of
from comanda.contexts.ordering.record_store import Stored
from comanda.contexts.ordering.viewer import NoSuchOrder
from comanda.kernel.ids import new_id
from comanda.messaging.unit_of_work import UnitOfWork

_HIDE = """
    with hidden as (
        update progress
        set hidden = true, updated_at = $2, entries = entries + 1, version = version + 1
        where order_id = $1
        returning order_id, entries
    ),
    freed as (
        update orders
        set reference = null
        where id = $1
    )
    insert into timeline (order_id, entry, at, cause, changes, actor, trace)
    select order_id, entries, $2, 'OrderRecordDeleted', $3, $4, $5
    from hidden
"""


async def record_order(record: Record, work: UnitOfWork) -> str:
    """Write an order down; answers its id. Raises ReferenceTaken."""
    order_id = new_id()
    record = (await erasing.without_erased(work.connection, {order_id: record}))[order_id]
    numbers = await record_store.insert(work.connection, {order_id: record}, work.now, work.trace, work.actor)
    if order_id not in numbers:
        raise ReferenceTaken("Another order has this reference.")
    work.publish(recorded(order_id, numbers[order_id], record))
    return order_id


async def change_record(target: Target, change: Callable[[Record], Record], work: UnitOfWork) -> None:
    """Change what is written down of an order. A change that changes nothing leaves no trace.

    Raises NoSuchOrder, NotRecorded, OrderChanged, ReferenceTaken, and what `change` raises.
    """
    stored = await _lock(target, work)
    wanted = {stored.id: change(stored.record)}
    record = (await erasing.without_erased(work.connection, wanted))[stored.id]
    changes = differences(stored.record, record)
    if not changes:
        return
    try:
        await record_store.update(
            work.connection, {stored.id: record}, {stored.id: changes}, work.now, work.trace, work.actor
        )
    except asyncpg.UniqueViolationError as error:
        raise ReferenceTaken("Another order has this reference.") from error
    work.publish(changed(replace(stored, record=record), with_lines="lines" in changes))


async def set_status(target: Target, word: str, work: UnitOfWork) -> None:
    """Set the status of a recorded order by hand. Raises as `change_record` does."""

    def change(record: Record) -> Record:
        status, fulfillment = status_of(word, record.fulfillment)
        return replace(record, status=status, fulfillment=fulfillment)

    await change_record(target, change, work)


async def delete_record(target: Target, work: UnitOfWork) -> None:
    """Hide a recorded order: its reference is free again, its timeline is kept.

    Raises NoSuchOrder, NotRecorded, OrderChanged.
    """
    stored = await _lock(target, work)
    changes = record_store.encode({"hidden": True, "reference": stored.record.reference})
    await work.connection.execute(_HIDE, stored.id, work.now, changes, work.actor, work.trace)
    work.publish(OrderRecordDeleted(order_id=stored.id))


async def _lock(target: Target, work: UnitOfWork) -> Stored:
    found = await finding.how_far(work.connection, target.order_id, target.viewer)
    await record_store.lock(work.connection, [found["id"]])
    stored = (await record_store.read(work.connection, [found["id"]])).get(found["id"])
    if stored is None:
        raise NoSuchOrder
    if stored.managed:
        raise NotRecorded("A managed order is neither changed nor deleted by hand.")
    target.check_version(stored.version)
    return stored


def recorded(order_id: str, number: int, record: Record) -> OrderRecorded:
    """What is said of a new record."""
    return OrderRecorded(
        order_id=order_id,
        number=number,
        reference=record.reference or order_id,
        customer_id=record.customer_id,
        status=record.status,
        currency=record.currency,
        lines=list(record.lines),
        shipping=record.shipping,
        total=record.total,
        created_at=record.created_at,
    )


def changed(stored: Stored, *, with_lines: bool) -> OrderRecordChanged:
    """What is said of a changed record, or of one whose credits changed."""
    record = stored.record
    return OrderRecordChanged(
        order_id=stored.id,
        reference=record.reference or stored.id,
        customer_id=record.customer_id,
        status=record.status,
        currency=record.currency,
        total=record.total,
        credited=stored.credited,
        created_at=record.created_at,
        lines=list(record.lines) if with_lines else None,
    )
