"""Comparing orders with what the other services say about them, and healing what disagrees.

Only orders at rest are compared: final or complete, and untouched for a while. What can be healed is healed by
publishing the order's own event again, to which every service reacts once; what cannot, or has not, is a task for
staff.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from comanda.contexts.billing.contract.client import BillingClient
from comanda.contexts.ordering import confirmations, store, tasks
from comanda.contexts.ordering.contract.events import OrderCanceled, OrderCreated, OrderFailed
from comanda.contexts.ordering.contract.views import ComparisonView, MismatchView
from comanda.contexts.ordering.disagreements import UNDO, Books, Disagreement, disagreements
from comanda.contexts.ordering.order import CANCELED, Order
from comanda.contexts.ordering.sweeping import CURRENT_FOR
from comanda.contexts.ordering.tasks import MISMATCH, NewTask
from comanda.contexts.paying.contract.client import PayingClient
from comanda.contexts.shipping.contract.client import ShippingClient
from comanda.contexts.stocking.contract.client import StockingClient
from comanda.kernel.errors import Unavailable
from comanda.kernel.event import Event
from comanda.messaging.service import Service
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.database import is_transient
from comanda.platform.http.pages import encode_cursor

PIECE = 10
AT_ONCE = 2
RESTS_FOR = timedelta(minutes=5)
PER_MINUTE = "ordering.compare_per_minute"
COMPARED = "compare"
REFUND_UNDER_WAY = frozenset({"pending", "failed", "settled"})
"""A refund that is going to be called, is listed for staff, or was paid by other means."""

_logger = structlog.get_logger(__name__)

_AT_REST = """
    select o.id, o.number, p.version
    from orders o
    join progress p on p.order_id = o.id
    where o.number > $1
    and o.number <= (select number from orders where created_at < $2 order by created_at desc limit 1)
    and p.managed
    and p.status in ('completed', 'failed', 'canceled')
    and not p.cancel_requested
    and not p.setting_asks
    and p.updated_at < $2
    and not exists (select from messaging.parked_subjects parked where parked.subject = o.id::text)
    order by o.number
    limit $3
"""

_HEALED_BEFORE = """
    select distinct order_id
    from timeline
    where order_id = any ($1::uuid[])
    and cause = 'compare'
"""

_REMEMBER = """
    insert into compared (upto)
    values ($1)
    on conflict (only_row) do update set upto = excluded.upto
"""


class Reconciler:
    """Compares pieces of orders, in the order of their numbers. `rests_for`: how long an order is left alone."""

    def __init__(self, service: Service, *, rests_for: timedelta = RESTS_FOR) -> None:
        self._service = service
        self._rests_for = rests_for
        self._paying = PayingClient(service.outbound("paying"))
        self._stocking = StockingClient(service.outbound("stocking"))
        self._billing = BillingClient(service.outbound("billing"))
        self._shipping = ShippingClient(service.outbound("shipping"))
        self._room = asyncio.Semaphore(AT_ONCE)

    async def compare(self, after: int, limit: int, *, heal: bool) -> tuple[ComparisonView, int]:
        """Compare the orders behind a number; answers what was found and the number come to.

        Without `heal` nothing is changed. Raises Unavailable when a service cannot be reached.
        """
        async with self._service.database.acquire() as connection:
            before = self._service.clock() - self._rests_for
            rows = await connection.fetch(_AT_REST, after, before, limit)
        versions = {row["id"]: row["version"] for row in rows}
        all_books = await asyncio.gather(*(self._books(order_id) for order_id in versions))
        found = await self._judge(dict(zip(versions, all_books, strict=True)), versions, heal=heal)
        upto = rows[-1]["number"] if rows else after
        return (
            ComparisonView(
                compared=len(rows),
                mismatches=found,
                next_cursor=encode_cursor(upto) if len(rows) == limit else None,
            ),
            upto,
        )

    async def _books(self, order_id: str) -> Books:
        async with self._room:
            payment = await self._paying.intent_of(order_id)
            reservation = await self._stocking.reservation(order_id)
            invoices = await self._billing.invoices_of(order_id)
            shipments = await self._shipping.shipments_of(order_id)
            holds = payment is not None and payment.captured.amount > payment.refunded.amount
            refunds = await self._paying.refunds_of(order_id) if holds else []
        outbound = next((shipment for shipment in shipments if shipment.kind == "outbound"), None)
        return Books(
            payment=payment,
            refund_under_way=any(refund.status in REFUND_UNDER_WAY for refund in refunds),
            reservation=reservation,
            invoice=invoices[0] if invoices else None,
            shipment=outbound,
            came_back=any(shipment.status == "returned" for shipment in shipments),
        )

    async def _judge(self, all_books: dict[str, Books], versions: dict[str, int], *, heal: bool) -> list[MismatchView]:
        """Compare while the orders are locked: one that has moved since its books were read is left for later."""
        async with self._service.begin() as work:
            orders = await store.lock(work.connection, all_books)
            rested = [order for order in orders.values() if order.version == versions[order.id]]
            found = {order.id: list(disagreements(order, all_books[order.id])) for order in rested}
            wrong = [order for order in rested if found[order.id]]
            if not heal:
                return [_view(order, one, None) for order in wrong for one in found[order.id]]
            return await _heal(work, wrong, found)


async def _heal(work: UnitOfWork, orders: Sequence[Order], found: dict[str, list[Disagreement]]) -> list[MismatchView]:
    """Publish again what the services seem to have missed, once an order; the rest is for staff."""
    rows = await work.connection.fetch(_HEALED_BEFORE, [order.id for order in orders])
    tried = {row["order_id"] for row in rows}
    confirmed = await confirmations.read_created(work.connection, [order.id for order in orders])
    views: list[MismatchView] = []
    for order in orders:
        hopeless = order.id in tried
        ways = {one.heals_by for one in found[order.id] if one.heals_by is not None and not hopeless}
        events = {way: _again(order, way, confirmed) for way in ways}
        work.publish(*events.values())
        if events:
            order.note(COMPARED, text=" ".join(one.problem for one in found[order.id]))
        for one in found[order.id]:
            event = events.get(one.heals_by or "")
            views.append(_view(order, one, type(event).__name__ if event else None))
    await store.save(work.connection, [order for order in orders if order.entries], work.now)
    await tasks.add(
        work.connection,
        [NewTask(view.order_id, MISMATCH, f"{view.service}: {view.problem}") for view in views if not view.healed_by],
    )
    return views


def _again(order: Order, way: str, confirmed: dict[str, tuple[OrderCreated, str | None]]) -> Event:
    if way != UNDO:
        return confirmations.confirmation_of(confirmed[order.id][0])
    ended = OrderCanceled if order.status == CANCELED else OrderFailed
    return ended(
        order_id=order.id, number=order.number, reason=order.reason or "over", foreign_stages=order.said_foreign
    )


def _view(order: Order, one: Disagreement, healed_by: str | None) -> MismatchView:
    return MismatchView(
        order_id=order.id, number=order.number, service=one.service, problem=one.problem, healed_by=healed_by
    )


async def reconcile_orders(service: Service) -> None:
    """Until the service stops: go through all orders again and again, at a pace that nobody feels."""
    reconciler = Reconciler(service)
    while True:
        per_minute = service.settings[PER_MINUTE]
        if await service.pause(60.0 * PIECE / per_minute if per_minute else 60.0):
            return
        if not per_minute or service.pacing_current_for_s() < service.settings[CURRENT_FOR]:
            continue
        try:
            await reconcile_piece(service, reconciler)
        except Unavailable as error:
            _logger.warning("ordering.not_compared", error=error.detail)
        except Exception as error:
            if not is_transient(error):
                raise
            _logger.warning("ordering.comparison_tried_again", error=str(error))


async def reconcile_piece(service: Service, reconciler: Reconciler) -> ComparisonView:
    """Compare the next orders and heal what can be healed; after the last one it begins with the first again."""
    async with service.database.acquire() as connection:
        after = await connection.fetchval("select upto from compared") or 0
    view, upto = await reconciler.compare(after, PIECE, heal=True)
    async with service.database.acquire() as connection:
        await connection.execute(_REMEMBER, upto if view.next_cursor else 0)
    return view
