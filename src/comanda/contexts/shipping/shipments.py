"""The working set of shipping's consumer: the shipments of the orders that a batch of events is about."""

from collections.abc import Sequence

from comanda.contexts.ordering.contract.events import (
    OrderCanceled,
    OrderCancelRequested,
    OrderConfirmed,
    OrderFailed,
    ReturnApproved,
)
from comanda.contexts.shipping import store
from comanda.contexts.shipping.carrier import BuiltInCarrier, Carrier
from comanda.contexts.shipping.shipment import Shipment
from comanda.messaging.reactions import Load
from comanda.messaging.recorded import Recorded
from comanda.messaging.service import Service
from comanda.messaging.unit_of_work import UnitOfWork

_ABOUT_ORDERS = frozenset(
    event.TYPE for event in (OrderConfirmed, OrderCancelRequested, OrderCanceled, OrderFailed, ReturnApproved)
)


class Shipments:
    """Outbound shipments by order, returns by their id. Reactions change them in memory; the flush writes them once."""

    cause: Recorded

    def __init__(self, outbound: dict[str, Shipment], returns: set[str], carrier: Carrier, work: UnitOfWork) -> None:
        self.carrier = carrier
        self.now = work.now
        self._outbound = outbound
        self._returns = returns
        self._new: list[Shipment] = []
        self._changed: dict[str, Shipment] = {}
        self._erased: list[str] = []

    def of(self, order_id: str) -> Shipment | None:
        """The order's outbound shipment, or the mark that there will be none."""
        return self._outbound.get(order_id)

    def knows_return(self, return_id: str) -> bool:
        """Whether there is a shipment for the return already."""
        return return_id in self._returns

    def add(self, shipment: Shipment) -> None:
        """A new shipment, or a mark."""
        if shipment.kind == "outbound":
            self._outbound[shipment.order_id] = shipment
        elif shipment.return_id is not None:
            self._returns.add(shipment.return_id)
        self._new.append(shipment)

    def change(self, shipment: Shipment) -> None:
        """Have a shipment written at the end of the batch."""
        self._changed[shipment.id] = shipment

    def erase(self, customer_id: str) -> None:
        """Have a customer's data removed from the shipments."""
        self._erased.append(customer_id)

    async def flush(self, work: UnitOfWork) -> None:
        """New shipments, then changed ones."""
        new = {shipment.id for shipment in self._new} if self._changed else ()
        await store.insert(work, self._new)
        await store.update(work.connection, [kept for kept in self._changed.values() if kept.id not in new])
        await store.remember_erased(work.connection, self._erased)


def make_load(service: Service) -> Load:
    """How the batches of this service load their shipments."""

    async def load(work: UnitOfWork, events: Sequence[Recorded]) -> Shipments:
        orders = sorted({recorded.subject for recorded in events if recorded.type in _ABOUT_ORDERS})
        returns = sorted({event.event.return_id for event in events if isinstance(event.event, ReturnApproved)})
        carrier = BuiltInCarrier(service.settings["shipping.refused_postal_codes"])
        outbound = await store.lock_outbound(work.connection, orders) if orders else {}
        known = await store.known_returns(work.connection, returns) if returns else set()
        return Shipments(outbound, known, carrier, work)

    return load
