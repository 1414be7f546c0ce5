"""What time does to orders: before the payment is certain a deadline ends them, later a missing step is driven again.

Nothing is judged while good orders may still wait to be read, and never an order that is parked behind a dead letter.
"""

from collections.abc import Sequence
from datetime import timedelta

from comanda.contexts.ordering import confirmations, store, tasks
from comanda.contexts.ordering.contract.events import OrderCancelRequested
from comanda.contexts.ordering.order import BEFORE_PAID, PAID, SCHEDULED, Order
from comanda.contexts.ordering.tasks import STUCK, NewTask
from comanda.contexts.ordering.watching import OrderWatch
from comanda.messaging.background import every
from comanda.messaging.service import Service
from comanda.messaging.unit_of_work import UnitOfWork

PAUSE_S = 2.0
PIECE = 200

CURRENT_FOR = "ordering.sweep_after_current_s"
REDRIVE_AFTER = "ordering.redrive_minutes"

DROVE_AGAIN = "drive_again"

_OVERDUE = """
    select order_id
    from progress
    where deadline is not null
    and managed
    and (
        status in ('created', 'reserved') and deadline < $1
        or status not in ('created', 'reserved') and updated_at < $2
    )
    and not exists (select from messaging.parked_subjects parked where parked.subject = progress.order_id::text)
    order by deadline
    limit $3
"""

_DRIVEN_BEFORE = """
    select distinct order_id
    from timeline
    where order_id = any ($1::uuid[])
    and cause = 'drive_again'
"""


_SETTLE = """
    update staff_tasks
    set done_at = $2
    from progress
    where progress.order_id = staff_tasks.order_id
    and staff_tasks.kind = $1
    and staff_tasks.done_at is null
    and progress.deadline is null
"""


async def sweep_orders(service: Service) -> None:
    """Until the service stops: end what has run out, drive on what is stuck, a piece at a time."""
    await every(service, PAUSE_S, lambda: sweep(service), "ordering.sweep_tried_again")


async def sweep(service: Service) -> int:
    """One pass over all that is due, unless good orders may still wait to be read; how many orders were judged."""
    if service.pacing_current_for_s() < service.settings[CURRENT_FOR]:
        return 0
    swept = last = await sweep_piece(service)
    while last == PIECE:
        last = await sweep_piece(service)
        swept += last
    await settle_unstuck(service)
    return swept


async def sweep_piece(service: Service) -> int:
    """Sweep up to `PIECE` orders in one transaction; answers how many there were."""
    async with service.begin() as work:
        redrive_before = work.now - timedelta(minutes=service.settings[REDRIVE_AFTER])
        rows = await work.connection.fetch(_OVERDUE, work.now, redrive_before, PIECE)
        due = [row["order_id"] for row in rows]
        if due:
            await _sweep(work, list((await store.lock(work.connection, due)).values()))
    if due:
        watch: OrderWatch = service.state["watch"]
        watch.changed(due)
    return len(due)


async def settle_unstuck(service: Service) -> None:
    """Tasks about orders that have moved on by themselves are done."""
    async with service.begin() as work:
        await work.connection.execute(_SETTLE, STUCK, work.now)


async def _sweep(work: UnitOfWork, orders: Sequence[Order]) -> None:
    """Judge locked orders once more: one that has become final or complete since it was found is left alone."""
    stuck = [order for order in orders if order.status in (PAID, SCHEDULED) or order.cancel_is_out]
    driven_before = await _driven_before(work, stuck)
    confirmed = await confirmations.read_created(work.connection, [order.id for order in stuck])
    for order in orders:
        order.now, order.trace = work.now, work.trace
        if order.status in BEFORE_PAID:
            if order.deadline is not None and order.deadline < work.now:
                order.note("deadline")
                work.publish(*order.run_out())
        elif order in stuck:
            order.note(DROVE_AGAIN, text=_missing(order))
            if order.cancel_is_out:
                work.publish(_asked_again(order))
            else:
                work.publish(confirmations.confirmation_of(confirmed[order.id][0]))
    await store.save(work.connection, [order for order in orders if order.entries], work.now)
    await tasks.add(
        work.connection, [NewTask(order.id, STUCK, _missing(order)) for order in stuck if order.id in driven_before]
    )


async def _driven_before(work: UnitOfWork, orders: Sequence[Order]) -> set[str]:
    rows = await work.connection.fetch(_DRIVEN_BEFORE, [order.id for order in orders])
    return {row["order_id"] for row in rows}


def _asked_again(order: Order) -> OrderCancelRequested:
    return order.cancel_request(
        order.reason or "the customer could not be told",
        by_setting=order.setting_asks and not order.cancel_requested,
    )


def _missing(order: Order) -> str:
    """Which step does not come."""
    if order.cancel_is_out:
        return "Shipping has not answered whether the order can still be canceled."
    if order.status == PAID:
        return "The order is paid and no shipment comes."
    return "The customer has not been told, and nothing says why."
