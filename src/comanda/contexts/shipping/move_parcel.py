"""What happens to parcels by people's hands: they leave, arrive, stay, come back."""

from collections.abc import Callable, Sequence

from comanda.contexts.shipping import store
from comanda.contexts.shipping.contract.views import ShipmentView
from comanda.contexts.shipping.listing import view_of
from comanda.contexts.shipping.shipment import Shipment, WrongState
from comanda.kernel.event import Event
from comanda.kernel.goods import Pieces
from comanda.messaging.unit_of_work import UnitOfWork


async def dispatch(work: UnitOfWork, shipment_id: str) -> ShipmentView:
    """The parcel leaves. Raises NotFound, WrongState unless it is scheduled."""
    return await _change(work, shipment_id, lambda shipment: shipment.dispatch(work.now))


async def deliver(work: UnitOfWork, shipment_id: str) -> ShipmentView:
    """The parcel has arrived. Raises NotFound, WrongState unless it is dispatched."""
    return await _change(work, shipment_id, lambda shipment: shipment.deliver(work.now))


async def cancel(work: UnitOfWork, shipment_id: str, reason: str) -> ShipmentView:
    """The parcel does not leave. Raises NotFound, WrongState unless it is scheduled."""
    return await _change(work, shipment_id, lambda shipment: shipment.cancel(reason, work.now))


async def fail(work: UnitOfWork, shipment_id: str, reason: str) -> ShipmentView:
    """The carrier cannot take the parcel. Raises NotFound, WrongState unless it is scheduled."""
    return await _change(work, shipment_id, lambda shipment: shipment.fail(reason, work.now))


async def receive(
    work: UnitOfWork, shipment_id: str, restockable: bool, lines: Sequence[Pieces] | None
) -> ShipmentView:
    """A return has come, or a parcel that was refused at the door or lost.

    Raises NotFound, Invalid for pieces that were not in it, WrongState when nothing can come back: a delivered parcel
    needs an approved return.
    """
    outbound, returning = await _coming_back(work, shipment_id)
    event = returning.come_back(restockable, lines, work.now)
    changed = [returning]
    if returning.kind == "return" and outbound is not None and outbound.came_back_in_part(work.now):
        changed.append(outbound)
    await store.update(work.connection, changed)
    if returning.managed:
        work.publish(event)
    return view_of(returning)


async def _coming_back(work: UnitOfWork, shipment_id: str) -> tuple[Shipment | None, Shipment]:
    """The order's outbound shipment, and the one that comes back: that one, or an approved return of it."""
    outbound, named = await store.lock_with_outbound(work.connection, shipment_id)
    if named.kind == "return" or named.status == "dispatched":
        return outbound, named
    expected = await store.lock_oldest_return(work.connection, named.order_id)
    if expected is None:
        raise WrongState(
            f"The parcel is {named.status}, and no approved return is expected.", shipment_status=named.status
        )
    return outbound, expected


async def _change(work: UnitOfWork, shipment_id: str, change: Callable[[Shipment], Event]) -> ShipmentView:
    _, shipment = await store.lock_with_outbound(work.connection, shipment_id)
    event = change(shipment)
    await store.update(work.connection, [shipment])
    if shipment.managed:
        work.publish(event)
    return view_of(shipment)
