"""The shelf as it is loaded for a batch of events or for a request, and written back once."""

from collections.abc import Iterable, Sequence

from comanda.contexts.ordering.contract.events import OrderCanceled, OrderConfirmed, OrderCreated, OrderFailed
from comanda.contexts.paying.contract.events import PaymentRefunded
from comanda.contexts.shipping.contract.events import ReturnReceived
from comanda.contexts.stocking import store
from comanda.contexts.stocking.shelf import COMMITTED, RESERVED, Level, Reservation, Shelf
from comanda.messaging.reactions import Load, Reload
from comanda.messaging.recorded import Recorded
from comanda.messaging.service import Service
from comanda.messaging.unit_of_work import UnitOfWork

THRESHOLD = "stocking.low_stock_threshold"


class StoredShelf(Shelf):
    """A shelf whose rows are locked, and which writes what changed."""

    def __init__(
        self, levels: Iterable[Level] = (), reservations: Iterable[Reservation] = (), doubt: "Doubt | None" = None
    ) -> None:
        super().__init__(levels, reservations)
        self._doubt = doubt

    async def flush(self, work: UnitOfWork) -> None:
        """Write what changed, one statement a table. Raises Reload when an order turns out to be known already."""
        connection = work.connection
        if self.touched:
            await self._write_reservations(work)
        if self.given_back:
            await store.insert_returns(connection, self.given_back)
        if self.movements:
            await store.insert_movements(connection, self.movements, work.actor)
        if self.new_products:
            await store.insert_levels(connection, sorted(set(self.new_products)))
        if self.moved:
            work.publish(*self.crossings())
            await store.update_levels(connection, [self.levels[sku] for sku in self.moved])

    async def _write_reservations(self, work: UnitOfWork) -> None:
        connection = work.connection
        reservations = self.touched.values()
        inserted = [reservation for reservation in reservations if reservation.loaded is None]
        committed = [reservation.id for reservation in reservations if reservation.newly_committed]
        changed = [reservation for reservation in reservations if _is_more_than_committed(reservation)]
        if inserted and not await store.insert_reservations(connection, inserted):
            if self._doubt is not None:
                self._doubt.thorough = True
            raise Reload
        if changed:
            await store.update_reservations(connection, changed)
        if committed:
            await store.commit_reservations(connection, committed)


def _is_more_than_committed(reservation: Reservation) -> bool:
    """Whether a loaded reservation changed in another way than from reserved to committed."""
    if reservation.loaded is None:
        return False
    plain = reservation.loaded == RESERVED and reservation.state == COMMITTED
    return not plain or reservation.has_returns != reservation.had_returns


class Doubt:
    """Orders are new almost always, so a batch does not look for them; once one was not, the next load does."""

    __slots__ = ("thorough",)

    def __init__(self) -> None:
        self.thorough = False


def make_load(service: Service) -> Load:
    """How the consumer loads the shelf."""
    doubt = Doubt()

    async def load(work: UnitOfWork, events: Sequence[Recorded]) -> StoredShelf:
        thorough, doubt.thorough = doubt.thorough, False
        orders, skus = _named(events, thorough=thorough)
        reservations = await store.lock_reservations(work.connection, orders) if orders else []
        for reservation in reservations:
            skus.update(reservation.pieces)
        levels = await store.lock_levels(work.connection, skus, service.settings[THRESHOLD]) if skus else []
        return StoredShelf(levels, reservations, doubt)

    return load


async def lock_shelf(service: Service, work: UnitOfWork, skus: Iterable[str]) -> StoredShelf:
    """The shelf for a request about some products."""
    return StoredShelf(await store.lock_levels(work.connection, skus, service.settings[THRESHOLD]))


def _named(events: Sequence[Recorded], *, thorough: bool) -> tuple[set[str], set[str]]:
    """The orders and products that the events name, of those that have to be loaded."""
    orders: set[str] = set()
    skus: set[str] = set()
    for recorded in events:
        event = recorded.event
        if isinstance(event, OrderCreated):
            for line in event.lines:
                skus.add(line.sku)
            if thorough:
                orders.add(event.order_id)
        elif isinstance(event, OrderConfirmed | OrderCanceled | OrderFailed):
            orders.add(event.order_id)
        elif isinstance(event, PaymentRefunded | ReturnReceived) and event.restock:
            orders.add(event.order_id)
            skus.update(pieces.sku for pieces in event.restock)
    return orders, skus
