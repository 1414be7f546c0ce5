"""Setting pieces aside by request, for something that is no order here: they come free again by themselves."""

from datetime import timedelta

from comanda.contexts.stocking import queries, store
from comanda.contexts.stocking.contract.views import ReservationView
from comanda.contexts.stocking.errors import ManagedReservation, NotEnough, UnknownReservation
from comanda.contexts.stocking.shelf import RESERVED
from comanda.contexts.stocking.working_set import THRESHOLD, StoredShelf, lock_shelf
from comanda.kernel.ids import new_id
from comanda.messaging.service import Service
from comanda.messaging.unit_of_work import UnitOfWork

PIECE = 100
"""How many expired reservations end in one transaction."""


async def hold_stock(
    service: Service, pieces: dict[str, int], lifetime_s: int, held_by: str, work: UnitOfWork
) -> ReservationView:
    """Set all of the pieces aside, or none. Raises NotEnough."""
    shelf = await lock_shelf(service, work, pieces)
    missing = shelf.missing(pieces)
    if missing:
        raise NotEnough(missing)
    id, expires_at = new_id(), work.now + timedelta(seconds=lifetime_s)
    shelf.reserve(id, pieces, expires_at, held_by)
    await shelf.flush(work)
    await store.insert_hold(work.connection, id, expires_at)
    held = await queries.reservation(work.connection, id)
    assert held is not None
    return held


async def release_hold(service: Service, id: str, work: UnitOfWork) -> None:
    """End a reservation that was made by request; one that is over stays as it is.

    Raises UnknownReservation, and ManagedReservation for an order's.
    """
    shelf = await _lock_held(service, [id], work)
    if id not in shelf.reservations:
        raise UnknownReservation(id)
    if shelf.reservations[id].held_by is None:
        raise ManagedReservation(id)
    await _release(shelf, [id], work)


async def release_expired(service: Service, work: UnitOfWork) -> int:
    """End some of the reservations that are past their time; answers how many were looked at."""
    ids = await store.expired_holds(work.connection, work.now, PIECE)
    if ids:
        await _release(await _lock_held(service, ids, work), ids, work)
    return len(ids)


async def _lock_held(service: Service, ids: list[str], work: UnitOfWork) -> StoredShelf:
    reservations = await store.lock_reservations(work.connection, ids)
    skus = {sku for reservation in reservations for sku in reservation.pieces}
    levels = await store.lock_levels(work.connection, skus, service.settings[THRESHOLD])
    return StoredShelf(levels, reservations)


async def _release(shelf: StoredShelf, ids: list[str], work: UnitOfWork) -> None:
    for id in ids:
        reservation = shelf.reservations.get(id)
        if reservation is not None and reservation.state == RESERVED:
            shelf.undo(id)
    await shelf.flush(work)
    await store.delete_holds(work.connection, ids)
