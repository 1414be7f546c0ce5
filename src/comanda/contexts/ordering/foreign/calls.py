"""The calls to foreign services: what the intent worker does for ordering."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comanda.contexts.ordering import confirmations, store, tasks
from comanda.contexts.ordering.confirmations import RecentOrders
from comanda.contexts.ordering.foreign import stage as stages
from comanda.contexts.ordering.foreign import store as stage_store
from comanda.contexts.ordering.foreign import words
from comanda.contexts.ordering.foreign.addresses import ForeignServices
from comanda.contexts.ordering.foreign.client import RESTS_S, ForeignClient
from comanda.contexts.ordering.foreign.stage import Stage, Told
from comanda.contexts.ordering.order import COMPLETED, Order
from comanda.contexts.ordering.tasks import FOREIGN_STAGE, TELL_CUSTOMER, NewTask
from comanda.messaging.intent_worker import IntentWorker, Outcome, Pace
from comanda.messaging.intents import Intent
from comanda.messaging.service import Service
from comanda.messaging.unit_of_work import UnitOfWork

TELL_STAFF_AFTER = 10
"""So many calls without an answer (some minutes), and staff are told; the call is made again all the same."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One call: to whose stage, where, with what."""

    stage: str
    kind: str
    path: str
    body: dict[str, Any]
    key: str


@dataclass(frozen=True, slots=True)
class Locked:
    """The orders that calls are about, and their stages."""

    orders: dict[str, Order]
    stages: dict[tuple[str, str], Stage]

    def of(self, intent: Intent) -> tuple[Order, Stage]:
        """The order and the stage of one call."""
        order_id = stage_store.order_of(intent.subject)
        return self.orders[order_id], self.stages[order_id, stages.STAGE_OF[intent.kind]]


class ForeignCalls:
    """Asks foreign services, and moves orders by what they say."""

    def __init__(self, service: Service, client: ForeignClient) -> None:
        self._service = service
        self._client = client

    async def lock(self, work: UnitOfWork, subjects: Sequence[str]) -> Locked:
        """Lock the orders, then their stages."""
        ids = {stage_store.order_of(subject) for subject in subjects}
        orders = await store.lock(work.connection, ids)
        for order in orders.values():
            order.now = work.now
            order.fail_on_unconfirmed = self._service.settings["ordering.notification_failure"] == "fail"
        return Locked(orders, await stage_store.lock(work.connection, ids))

    async def prepare(self, work: UnitOfWork, locked: Locked, leased: Sequence[Intent]) -> Mapping[int, Ask]:
        """Fix what to ask; what an order that has gone on does not want any more is left out."""
        wanted = [intent for intent in leased if stages.is_wanted(intent.kind, *locked.of(intent))]
        for stage in locked.stages.values():
            stage.forget_token(over=locked.orders[stage.order_id].final)
        if not wanted:
            await stage_store.save(work.connection, locked.stages.values())
            return {}
        ids = sorted({locked.of(intent)[0].id for intent in wanted})
        created = await confirmations.read_created(work.connection, ids)
        asks: dict[int, Ask] = {}
        for intent in wanted:
            order, stage = locked.of(intent)
            stages.asking(intent.kind, stage)
            asks[intent.id] = Ask(
                stage.name,
                intent.kind,
                words.PATHS[intent.kind].format(order_id=order.id),
                words.body_of(intent.kind, created[order.id][0], token=stage.token, reason=order.reason or ""),
                f"{order.id}:{intent.kind}",
            )
        await stage_store.save(work.connection, locked.stages.values())
        return asks

    async def call(self, request: Ask) -> Told:
        """Ask the foreign service."""
        reply = await self._client.ask(request.stage, "POST", request.path, json=request.body, key=request.key)
        return words.read(request.kind, reply)

    async def record(
        self, work: UnitOfWork, locked: Locked, intent: Intent, request: Ask, answer: Told | None
    ) -> Outcome:
        """Write down what the foreign service said, with its events."""
        order, stage = locked.of(intent)
        if answer is None:
            if intent.attempts + 1 >= TELL_STAFF_AFTER:
                await tasks.add(work.connection, [_unanswered(order, request)])
            return Outcome.AGAIN
        if answer.outcome == words.PENDING:
            return Outcome.AGAIN
        recent: RecentOrders = self._service.state["recent"]
        await confirmations.prepare(work.connection, recent, {order.id: order}, {order.id})
        order.trace = intent.trace
        work.publish(*stages.settle(intent.kind, answer, order, stage))
        stage.forget_token(over=True)
        await store.save(work.connection, [order], work.now)
        await stage_store.save(work.connection, [stage])
        await tasks.add(work.connection, list(_tasks(order, intent.kind, answer)))
        if intent.attempts + 1 >= TELL_STAFF_AFTER:
            await tasks.settle(work.connection, [order.id], FOREIGN_STAGE, work.now)
        return Outcome.SETTLED


def _unanswered(order: Order, request: Ask) -> NewTask:
    return NewTask(order.id, FOREIGN_STAGE, f"The foreign {request.stage} service does not answer: {request.kind}.")


def _tasks(order: Order, kind: str, told: Told) -> list[NewTask]:
    """What an answer leaves for people to do."""
    found = []
    if kind == stages.CONFIRM and order.status == COMPLETED and told.outcome == "failed":
        found.append(NewTask(order.id, TELL_CUSTOMER, "No message got through to the customer."))
    if kind == stages.CANCEL and told.outcome == "dispatched":
        found.append(NewTask(order.id, FOREIGN_STAGE, f"The order is {order.status} and its parcel has left."))
    return found


async def make_foreign_calls(service: Service, foreign: ForeignServices) -> ForeignClient:
    """Prepare the calls of a service: who asks, and the worker, where any stage is or was in foreign hands."""
    pace: Pace = service.state.get("foreign_pace") or Pace()
    client = ForeignClient(foreign, rests_s=min(RESTS_S, pace.longest_wait_s))
    service.state["foreign_client"] = client
    service.state["wake_foreign_calls"] = _nobody_to_wake
    async with service.database.acquire() as connection:
        needed = bool(foreign.stages) or await stage_store.exist(connection)
    if needed:
        worker: IntentWorker[Any, Any, Any] = IntentWorker(service, ForeignCalls(service, client), pace)
        service.state["foreign_calls"] = worker
        service.state["wake_foreign_calls"] = worker.wake
    return client


async def call_foreign_services(service: Service) -> None:
    """Make the calls that are due, until the service stops; where no stage ever was in foreign hands, none ever is."""
    worker: IntentWorker[Any, Any, Any] | None = service.state.get("foreign_calls")
    if worker is None:
        return
    async with service.state["foreign_client"]:
        await worker.run()
        await service.state["intake"].drain()
        await service.state["quotes"].drain()


def _nobody_to_wake() -> None:
    return None
