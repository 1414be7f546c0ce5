"""Other services' events → what happens on the shelf."""

from collections.abc import Iterator

from comanda.contexts.cataloging.contract.events import ProductCreated
from comanda.contexts.ordering.contract.events import OrderCanceled, OrderConfirmed, OrderCreated, OrderFailed
from comanda.contexts.ordering.contract.stages import INVENTORY, is_foreign
from comanda.contexts.paying.contract.events import PaymentRefunded
from comanda.contexts.shipping.contract.events import ReturnReceived
from comanda.contexts.stocking.contract.events import StockCommitted, StockInsufficient, StockReleased, StockReserved
from comanda.contexts.stocking.errors import NothingReserved
from comanda.contexts.stocking.shelf import AWAITED, INSUFFICIENT, RESERVED, Shelf, summed
from comanda.contexts.stocking.working_set import StoredShelf
from comanda.kernel.event import Event
from comanda.messaging.reactions import Reactions

reactions: Reactions[StoredShelf] = Reactions()


@reactions.to(OrderCreated)
def reserve_stock(order: OrderCreated, shelf: Shelf) -> Iterator[Event]:
    """Every line is set aside, or none. An order that was tried before, or undone already, gets nothing."""
    if is_foreign(order, INVENTORY):
        return
    known = shelf.reservations.get(order.order_id)
    if known is not None and known.state != AWAITED:
        return
    pieces = summed((line.sku, line.quantity) for line in order.lines)
    missing = shelf.missing(pieces)
    if missing:
        shelf.refuse(order.order_id, pieces)
        yield StockInsufficient(order_id=order.order_id, missing=missing)
    else:
        shelf.reserve(order.order_id, pieces, order.reserved_until)
        yield StockReserved(
            order_id=order.order_id, expires_at=order.reserved_until, foreign_stages=order.foreign_stages
        )


@reactions.to(OrderConfirmed)
def commit_stock(order: OrderConfirmed, shelf: Shelf) -> Iterator[Event]:
    """What is set aside leaves the stock for good."""
    if is_foreign(order, INVENTORY):
        return
    reservation = shelf.reservations.get(order.order_id)
    if reservation is None or reservation.state in (AWAITED, INSUFFICIENT):
        raise NothingReserved(order.order_id)
    if reservation.state == RESERVED:
        shelf.commit(reservation)
        yield StockCommitted(order_id=order.order_id)


@reactions.to(OrderCanceled, OrderFailed)
def undo(order: OrderCanceled | OrderFailed, shelf: Shelf) -> Iterator[Event]:
    """What is set aside is free again, what was taken is back, and nothing is given to this order any more."""
    if not is_foreign(order, INVENTORY) and shelf.undo(order.order_id):
        yield StockReleased(order_id=order.order_id)


@reactions.to(PaymentRefunded)
def restock_refunded(refund: PaymentRefunded, shelf: Shelf) -> None:
    """A refund names the pieces that go back on the shelf. One that undoes the order names none."""
    if refund.restock:
        shelf.give_back(refund.order_id, refund.refund_id, summed((p.sku, p.quantity) for p in refund.restock))


@reactions.to(ReturnReceived)
def restock_returned(parcel: ReturnReceived, shelf: Shelf) -> None:
    """What came back and may be sold again goes on the shelf."""
    if parcel.restock:
        cause = parcel.return_id or parcel.shipment_id
        shelf.give_back(parcel.order_id, cause, summed((p.sku, p.quantity) for p in parcel.restock))


@reactions.to(ProductCreated)
def make_room(product: ProductCreated, shelf: Shelf) -> None:
    """A new product gets its place on the shelf, with nothing on it."""
    shelf.new_products.append(product.sku)
