"""The working set of ordering's consumer: the orders that a batch of events is about."""

from collections.abc import Callable, Sequence

from comanda.contexts.ordering import confirmations, erasing, refund_store, store, tasks
from comanda.contexts.ordering.confirmations import RecentOrders
from comanda.contexts.ordering.order import Order
from comanda.contexts.ordering.refund_store import GivenBack
from comanda.contexts.ordering.tasks import NewTask
from comanda.contexts.ordering.vip import remember_statuses
from comanda.contexts.ordering.watching import OrderWatch
from comanda.contexts.paying.contract.events import PaymentSucceeded
from comanda.messaging.reactions import Load
from comanda.messaging.recorded import Recorded
from comanda.messaging.service import Service
from comanda.messaging.unit_of_work import UnitOfWork


class OrdersInBatch:
    """Orders by id, locked and loaded before the reactions and written once after them.

    Beside the orders it collects what reactions have to write elsewhere: tasks for staff, customers who could be
    told after all, money given back, returns received, customers to be forgotten, and the statuses of others.
    """

    cause: Recorded

    def __init__(self, orders: dict[str, Order], service: Service, work: UnitOfWork) -> None:
        self._orders = orders
        self._changed: dict[str, Order] = {}
        self.tasks: list[NewTask] = []
        self.told: list[str] = []
        self.given_back: list[GivenBack] = []
        self.returns_received: list[str] = []
        self.erased: list[str] = []
        self.statuses: dict[str, str] = {}
        self._watch: OrderWatch = service.state["watch"]
        self._wake: Callable[[], None] = service.state["wake_foreign_calls"]
        self._now = work.now
        self._fail_on_unconfirmed = service.settings["ordering.notification_failure"] == "fail"

    def order(self, order_id: str) -> Order | None:
        """The order an event is about, with a timeline entry open for the event; None when it is not managed."""
        order = self._orders.get(order_id)
        if order is None:
            return None
        self._changed[order_id] = order
        order.now = self._now
        order.fail_on_unconfirmed = self._fail_on_unconfirmed
        if order.foreign_stages:
            order.trace = self.cause.trace
            self._wake()
        order.note(_name(self.cause.type), self.cause.actor)
        return order

    async def flush(self, work: UnitOfWork) -> None:
        """Write the changed orders and their timeline entries."""
        if self._changed:
            await store.save(work.connection, list(self._changed.values()), work.now)
            self._watch.changing(self._changed)
        await refund_store.add(work.connection, self.given_back, work.now)
        await store.mark_returns_received(work.connection, self.returns_received)
        await tasks.add(work.connection, self.tasks)
        await tasks.settle(work.connection, self.told, tasks.TELL_CUSTOMER, work.now)
        await erasing.remember(work.connection, self.erased)
        await remember_statuses(work.connection, self.statuses)


def make_load(service: Service) -> Load:
    """How the batches of this service load their orders."""

    recent: RecentOrders = service.state["recent"]

    async def load(work: UnitOfWork, events: Sequence[Recorded]) -> OrdersInBatch:
        ids = {recorded.subject for recorded in events if _moves_an_order(recorded)}
        paid = {recorded.subject for recorded in events if recorded.type == PaymentSucceeded.TYPE}
        orders = await store.lock(work.connection, ids)
        await confirmations.prepare(work.connection, recent, orders, paid)
        return OrdersInBatch(orders, service, work)

    return load


def _moves_an_order(recorded: Recorded) -> bool:
    """Of the messages about an order only the confirmation matters to it."""
    subject = recorded.subject
    return getattr(recorded.event, "milestone", "confirmed") == "confirmed" and len(subject) == 36 and subject[8] == "-"


def _name(type_name: str) -> str:
    return type_name.split(".")[2]
