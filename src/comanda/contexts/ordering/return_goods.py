"""Giving pieces back: requested by the customer or staff for them, approved or rejected by staff.

An approved return makes shipping prepare a parcel back; what comes back is shipping's to say.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from comanda.contexts.ordering import return_store, store
from comanda.contexts.ordering.contract.events import ReturnApproved, ReturnRejected, ReturnRequested, Words
from comanda.contexts.ordering.contract.stages import INVENTORY, PAYMENT, SHIPPING
from comanda.contexts.ordering.contract.views import ReturnView
from comanda.contexts.ordering.locking import Target, lock_order
from comanda.contexts.ordering.order import Order
from comanda.contexts.ordering.return_store import Return
from comanda.contexts.ordering.returned_goods import (
    NotDelivered,
    ReturnDecided,
    check_pieces,
    summed,
    value_of,
)
from comanda.contexts.ordering.viewer import Viewer
from comanda.kernel.errors import Conflict, NotFound
from comanda.kernel.goods import Pieces
from comanda.kernel.ids import new_id
from comanda.messaging.unit_of_work import UnitOfWork

REQUESTED, APPROVED, REJECTED, RECEIVED = "requested", "approved", "rejected", "received"


class NoSuchReturn(NotFound):
    """There is no such return."""

    code = "no-such-return"


class KeptElsewhere(Conflict):
    """Goods, money or parcel of the order are in the hands of a foreign service."""

    code = "kept-elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReturn:
    """The intent to give pieces of a delivered order back."""

    target: Target
    lines: tuple[Pieces, ...]
    reason: str


async def request_return(command: RequestReturn, work: UnitOfWork) -> ReturnView:
    """Ask for a return. Pieces asked for and not yet decided upon count as given back.

    Raises NoSuchOrder, NotManaged, NotDelivered, TooManyPieces, Invalid, KeptElsewhere.
    """
    order = await lock_order(work, command.target)
    elsewhere = [stage for stage in (INVENTORY, PAYMENT, SHIPPING) if stage in order.foreign_stages]
    if elsewhere:
        raise KeptElsewhere("Returns of this order are settled with the foreign services.", stages=elsewhere)
    if not order.delivered:
        raise NotDelivered("Only what has arrived can be given back.", fulfillment=order.fulfillment)
    ordered, currency = await return_store.lines_of(work.connection, order.id)
    wanted = summed(command.lines)
    check_pieces(
        ordered, await return_store.pieces_in(work.connection, order.id, [REQUESTED, APPROVED, RECEIVED]), wanted
    )
    new = Return(new_id(), order.id, REQUESTED, wanted, value_of(ordered, wanted), currency)
    await return_store.insert(work.connection, new, command.reason, work.actor, work.now)
    await _note(order, "ReturnRequested", new.id, REQUESTED, command.reason, work)
    words = await _words(order.id, command.reason, work)
    work.publish(ReturnRequested(order_id=order.id, return_id=new.id, lines=list(wanted), reason="", personal=words))
    return await return_store.view(work.connection, new.id)


async def approve_return(return_id: str, note: str | None, work: UnitOfWork) -> ReturnView:
    """Agree to a return: approved pieces never exceed ordered ones, counted while the order is locked.

    Raises NoSuchReturn, ReturnDecided, TooManyPieces.
    """
    order, found = await _lock(return_id, work)
    ordered, _ = await return_store.lines_of(work.connection, order.id)
    check_pieces(ordered, await return_store.pieces_in(work.connection, order.id, [APPROVED, RECEIVED]), found.lines)
    await return_store.decide(work.connection, found.id, APPROVED, work.now, work.actor, note)
    await _note(order, "ReturnApproved", found.id, APPROVED, note, work)
    work.publish(
        ReturnApproved(
            order_id=order.id,
            return_id=found.id,
            lines=list(found.lines),
            value=found.value,
            currency=found.currency,
        )
    )
    return await return_store.view(work.connection, found.id)


async def reject_return(return_id: str, note: str, work: UnitOfWork) -> ReturnView:
    """Decline a return; its pieces may be asked for again. Raises NoSuchReturn, ReturnDecided."""
    order, found = await _lock(return_id, work)
    await return_store.decide(work.connection, found.id, REJECTED, work.now, work.actor, note)
    await _note(order, "ReturnRejected", found.id, REJECTED, note, work)
    words = await _words(order.id, note, work)
    work.publish(ReturnRejected(order_id=order.id, return_id=found.id, reason="", personal=words))
    return await return_store.view(work.connection, found.id)


async def _lock(return_id: str, work: UnitOfWork) -> tuple[Order, Return]:
    """The return, still to be decided upon, and its order, locked: whoever decides first has decided."""
    found = await return_store.read(work.connection, return_id)
    if found is None:
        raise NoSuchReturn("There is no such return.")
    order = await lock_order(work, Target(order_id=found.order_id, viewer=Viewer(None)))
    found = await return_store.read(work.connection, return_id)
    assert found is not None
    if found.status != REQUESTED:
        raise ReturnDecided(f"The return is {found.status}.", return_status=found.status)
    return order, found


async def _words(order_id: str, reason: str, work: UnitOfWork) -> Words:
    customer_id = await work.connection.fetchval("select customer_id from orders where id = $1", order_id)
    return Words(reason=reason, customer_id=customer_id)


async def _note(order: Order, cause: str, return_id: str, status: str, text: str | None, work: UnitOfWork) -> None:
    entry = order.note(cause, work.actor, work.trace, text)
    entry.changes["return"] = {"id": return_id, "status": status}
    await store.save(work.connection, [order], work.now)


def pieces_of(lines: Iterable[tuple[str, int]]) -> tuple[Pieces, ...]:
    """Pieces from pairs of sku and quantity."""
    return tuple(Pieces(sku=sku, quantity=quantity) for sku, quantity in lines)
