"""Sending a parcel by hand, for an order that another system runs."""

from dataclasses import dataclass

from comanda.contexts.ordering.contract.client import OrderingClient
from comanda.contexts.shipping import store
from comanda.contexts.shipping.carrier import BuiltInCarrier, Refusal
from comanda.contexts.shipping.contract.views import ShipmentView
from comanda.contexts.shipping.listing import view_of
from comanda.contexts.shipping.shipment import Parcel, Shipment
from comanda.kernel.address import Address
from comanda.kernel.errors import Conflict
from comanda.kernel.ids import new_id
from comanda.messaging.service import Service
from comanda.messaging.unit_of_work import UnitOfWork


class ShipmentExists(Conflict):
    """An order has at most one outbound shipment, and a managed order's makes itself."""

    code = "shipment-exists"


class CarrierRefuses(Conflict):
    """The carrier does not take the parcel."""

    code = "carrier-refuses"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendByHand:
    """Book a parcel."""

    order_id: str
    customer_id: str | None
    parcel: Parcel
    recipient: Address


async def check_order(service: Service, order_id: str) -> None:
    """Ask ordering what kind of order it is. Raises NotFound, ShipmentExists for a managed one, Unavailable."""
    order = await OrderingClient(service.outbound("ordering")).order(order_id)
    if order.kind == "managed":
        raise ShipmentExists("The order runs by itself, its shipment too.", order_id=order_id)


async def send(command: SendByHand, service: Service, work: UnitOfWork) -> ShipmentView:
    """Book the parcel. Raises ShipmentExists when the order has an outbound shipment already, CarrierRefuses."""
    shipment_id = new_id()
    carrier = BuiltInCarrier(service.settings["shipping.refused_postal_codes"])
    booking = carrier.book(shipment_id, command.recipient)
    if isinstance(booking, Refusal):
        raise CarrierRefuses(booking.reason)
    shipment = Shipment(
        id=shipment_id,
        order_id=command.order_id,
        managed=False,
        status="scheduled",
        customer_id=command.customer_id,
        tracking_number=booking.tracking_number,
        parcel=command.parcel,
        recipient=command.recipient,
        created_at=work.now,
    )
    if not await store.insert_by_hand(work, shipment):
        raise ShipmentExists("The order has an outbound shipment already.", order_id=command.order_id)
    return view_of(shipment)
