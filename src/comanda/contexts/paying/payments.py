"""The working set: the payments that a batch of events, or a use case, is about. Loaded, changed, written once.

Rows are locked in the order of their ids, before the intents of outside calls and the refunds. Every write checks the
version it read, so that a row read without a lock, or one that appeared since, makes the work begin anew (`Reload`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from comanda.contexts.ordering.contract.events import OrderCanceled, OrderCreated, OrderFailed, StageSettled
from comanda.contexts.paying import store
from comanda.contexts.paying.erasing import remember_erased
from comanda.contexts.paying.payment import CREATED, Origin, Payment
from comanda.contexts.paying.provider import Decide
from comanda.contexts.shipping.contract.events import ReturnReceived, ShipmentDelivered
from comanda.contexts.stocking.contract.events import StockReserved
from comanda.messaging.reactions import Reload
from comanda.messaging.recorded import Recorded
from comanda.messaging.unit_of_work import UnitOfWork

_FORWARD = frozenset({OrderCreated, StockReserved})
_ABOUT_ORDERS = frozenset({*_FORWARD, OrderCanceled, OrderFailed, ShipmentDelivered, ReturnReceived, StageSettled})


@dataclass(frozen=True, slots=True)
class Provision:
    """What the service gives its working sets.

    `decide` says what becomes of a card when the provider needs no call for it; `wake` tells that there is a call.
    """

    decide: Decide
    wake: Callable[[], None]


class Payments:
    """Payments by order. `origin` is what a use case comes from; a batch sets `cause` for each of its events."""

    cause: Any

    def __init__(
        self,
        found: Iterable[Payment],
        provision: Provision,
        *,
        origin: Origin | None = None,
        reload: Callable[[], None] = lambda: None,
    ) -> None:
        self._payments = {payment.order_id: payment for payment in found}
        self._reload = reload
        self._wake = provision.wake
        self.cause = origin
        self.decide = provision.decide
        self.erased: list[str] = []

    def of(self, order_id: str) -> Payment:
        """The order's payment; an empty one, still `expected`, when there is none."""
        payment = self._payments.get(order_id)
        if payment is None:
            payment = self._payments[order_id] = Payment(order_id)
        payment.origin = self.cause
        return payment

    async def flush(self, work: UnitOfWork) -> None:
        """Write what changed. Raises Reload when a row is not as it was read."""
        fresh: list[Payment] = []
        taken: list[Payment] = []
        changed: list[Payment] = []
        for payment in self._payments.values():
            if payment.changed:
                if payment.version < 0 and _is_plain(payment):
                    fresh.append(payment)
                else:
                    changed.append(payment)
            elif payment.taken:
                (taken if payment.version == 0 else changed).append(payment)
        connection = work.connection
        written = 0
        if fresh:
            written += await store.insert_created(connection, fresh, work.now)
        if taken:
            written += await store.take(connection, [payment.order_id for payment in taken])
        if changed:
            changed.sort(key=_by_order)
            written += await store.save(connection, changed, work.now)
        if written < len(fresh) + len(taken) + len(changed):
            self._reload()
            raise Reload
        if changed and await store.save_effects(connection, changed):
            self._wake()
        if self.erased:
            await remember_erased(connection, self.erased)


def _orders(events: Sequence[Recorded], kinds: frozenset[type]) -> set[str]:
    return {recorded.subject for recorded in events if type(recorded.event) in kinds}


def _by_order(payment: Payment) -> str:
    return payment.order_id


def _is_plain(payment: Payment) -> bool:
    """Whether nothing but its creation has happened to it, as to nearly all."""
    return payment.status == CREATED and payment.ask == "none" and not payment.stock_known and not payment.undone


async def lock(work: UnitOfWork, order_ids: Iterable[str], provision: Provision) -> Payments:
    """The payments of some orders, locked, for a use case or a worker."""
    found = await store.lock(work.connection, sorted(set(order_ids)))
    return Payments(found, provision, origin=work)


class Loader:
    """Reads as little as the batch needs; after a Reload everything, locked."""

    def __init__(self, provision: Provision) -> None:
        self._provision = provision
        self._careful = False

    async def load(self, work: UnitOfWork, events: Sequence[Recorded]) -> Payments:
        """The payments that the events are about; those of new orders are not even looked for."""
        careful, self._careful = self._careful, False
        kinds = {type(recorded.event) for recorded in events}
        if careful:
            return self._payments(await store.lock(work.connection, sorted(_orders(events, _ABOUT_ORDERS))))
        known = _orders(events, _ABOUT_ORDERS - {OrderCreated}) if kinds != {OrderCreated} else set()
        if not known:
            return self._payments(())
        if kinds <= _FORWARD:
            return self._payments(await store.read(work.connection, list(known)))
        return self._payments(await store.lock(work.connection, sorted(known)))

    def _payments(self, found: Iterable[Payment]) -> Payments:
        return Payments(found, self._provision, reload=self._be_careful)

    def _be_careful(self) -> None:
        self._careful = True
