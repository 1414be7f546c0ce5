"""What shipping publishes. Every event has the order's id as its subject."""

from comanda.kernel.event import Event
from comanda.kernel.goods import Pieces


class ShipmentScheduled(Event, version=1):
    """The carrier has booked the parcel."""

    order_id: str
    shipment_id: str
    carrier: str
    tracking_number: str


class ShipmentFailed(Event, version=1):
    """The carrier cannot take the parcel. Happens only before dispatch."""

    order_id: str
    shipment_id: str
    reason: str


class ShipmentDispatched(Event, version=1):
    """The parcel has left: from here on there is no cancel, only a return."""

    order_id: str
    shipment_id: str
    carrier: str
    tracking_number: str


class ShipmentDelivered(Event, version=1):
    """The parcel has arrived."""

    order_id: str
    shipment_id: str


class ShipmentCanceled(Event, version=1):
    """The shipment will not leave. Without a shipment yet (`shipment_id` empty) a tombstone keeps it so."""

    order_id: str
    shipment_id: str
    reason: str


class ShipmentCancelRefused(Event, version=1):
    """A cancel came after the dispatch."""

    order_id: str
    shipment_id: str


class ReturnReceived(Event, version=1):
    """Pieces came back: a return, or a parcel refused at the door or lost. `restock` may be sold again.

    `value` is what the pieces cost, in gross minor units; `return_id` is empty for a parcel that was never delivered.
    """

    order_id: str
    shipment_id: str
    return_id: str
    lines: list[Pieces]
    restock: list[Pieces]
    value: int
    currency: str
