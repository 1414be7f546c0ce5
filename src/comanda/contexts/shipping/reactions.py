"""What other services' events mean to shipping."""

from collections.abc import Iterator

from comanda.contexts.ordering.contract.events import (
    OrderCanceled,
    OrderCancelRequested,
    OrderConfirmed,
    OrderFailed,
    OrderLine,
    ReturnApproved,
)
from comanda.contexts.ordering.contract.stages import SHIPPING, is_foreign
from comanda.contexts.profiling.contract.events import CustomerErased
from comanda.contexts.shipping.carrier import Refusal, tracking_number
from comanda.contexts.shipping.contract.events import (
    ShipmentCanceled,
    ShipmentCancelRefused,
    ShipmentFailed,
    ShipmentScheduled,
)
from comanda.contexts.shipping.shipment import GONE, Content, Parcel, Shipment
from comanda.contexts.shipping.shipments import Shipments
from comanda.contexts.shipping.tariff import BUILT_IN, carrier_of
from comanda.kernel.event import Event
from comanda.kernel.ids import new_id
from comanda.messaging.reactions import Reactions

reactions: Reactions[Shipments] = Reactions()


@reactions.to(OrderConfirmed)
def book_shipment(order: OrderConfirmed, shipments: Shipments) -> Iterator[Event]:
    """The carrier books the parcel, once; nothing is booked for an order that was undone before."""
    if is_foreign(order, SHIPPING) or shipments.of(order.order_id) is not None:
        return
    shipment_id = new_id()
    address = order.personal.shipping_address if order.personal else None
    booking = shipments.carrier.book(shipment_id, address)
    refused = isinstance(booking, Refusal)
    shipment = Shipment(
        id=shipment_id,
        order_id=order.order_id,
        status="failed" if refused else "scheduled",
        customer_id=order.customer_id,
        tracking_number=None if isinstance(booking, Refusal) else booking.tracking_number,
        parcel=_parcel(order),
        recipient=address,
        reason=booking.reason if isinstance(booking, Refusal) else "",
        ended_at=shipments.now if refused else None,
    )
    shipments.add(shipment)
    if isinstance(booking, Refusal):
        yield ShipmentFailed(order_id=order.order_id, shipment_id=shipment_id, reason=booking.reason)
    else:
        yield ShipmentScheduled(
            order_id=order.order_id,
            shipment_id=shipment_id,
            carrier=shipment.contents().carrier,
            tracking_number=booking.tracking_number,
        )


@reactions.to(OrderCancelRequested)
def decide_on_cancel(request: OrderCancelRequested, shipments: Shipments) -> Iterator[Event]:
    """Only shipping knows whether the parcel has left. Without a parcel yet the answer is kept, so that none leaves.

    A shipment that is canceled or failed has been answered for: nothing more to say.
    """
    if is_foreign(request, SHIPPING):
        return
    shipment = shipments.of(request.order_id)
    if shipment is None:
        shipments.add(_mark(request.order_id, request.reason))
        yield ShipmentCanceled(order_id=request.order_id, shipment_id="", reason=request.reason)
    elif shipment.status in GONE:
        yield ShipmentCancelRefused(order_id=request.order_id, shipment_id=shipment.id)
    elif shipment.status == "scheduled":
        yield shipment.cancel(request.reason, shipments.now)
        shipments.change(shipment)


@reactions.to(OrderCanceled, OrderFailed)
def undo(order: OrderCanceled | OrderFailed, shipments: Shipments) -> Iterator[Event]:
    """What has not left stays, and nothing is booked any more."""
    if is_foreign(order, SHIPPING):
        return
    shipment = shipments.of(order.order_id)
    if shipment is None:
        shipments.add(_mark(order.order_id, order.reason))
    elif shipment.status == "scheduled":
        yield shipment.cancel(order.reason, shipments.now)
        shipments.change(shipment)


@reactions.to(ReturnApproved)
def expect_return(approved: ReturnApproved, shipments: Shipments) -> None:
    """A return shipment waits for the pieces to come."""
    if shipments.knows_return(approved.return_id):
        return
    outbound, shipment_id = shipments.of(approved.order_id), new_id()
    parcel = Parcel(
        carrier=BUILT_IN.code,
        method="",
        lines=[Content(sku=piece.sku, quantity=piece.quantity) for piece in approved.lines],
        value=approved.value,
        currency=approved.currency,
    )
    shipments.add(
        Shipment(
            id=shipment_id,
            order_id=approved.order_id,
            kind="return",
            return_id=approved.return_id,
            status="expected",
            customer_id=outbound.customer_id if outbound else None,
            tracking_number=tracking_number(shipment_id),
            parcel=parcel,
        )
    )


@reactions.to(CustomerErased)
def erase_customer(customer: CustomerErased, shipments: Shipments) -> None:
    """The customer's address leaves every shipment."""
    shipments.erase(customer.customer_id)


def _parcel(order: OrderConfirmed) -> Parcel:
    return Parcel(
        carrier=carrier_of(order.shipping_method),
        method=order.shipping_method,
        lines=[_content(line) for line in order.lines],
        value=order.total,
        currency=order.currency,
        weight_g=sum(line.weight_g * line.quantity for line in order.lines),
        country=order.country,
    )


def _content(line: OrderLine) -> Content:
    return Content(sku=line.sku, quantity=line.quantity, name=line.name)


def _mark(order_id: str, reason: str) -> Shipment:
    return Shipment(id=new_id(), order_id=order_id, status="withdrawn", reason=reason)
