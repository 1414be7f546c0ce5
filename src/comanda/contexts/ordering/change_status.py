"""PUT /orders/{id}/status: how people and other systems write a status.

A managed order is moved by its process alone: its present word changes nothing, `canceled` cancels it, `shipped` and
`delivered` dispatch and deliver its shipment. A recorded order takes any word.
"""

import asyncio
from collections.abc import Sequence

import asyncpg
import msgspec

from comanda.contexts.ordering import finding
from comanda.contexts.ordering.contract.shades import Shade, shade
from comanda.contexts.ordering.viewer import Viewer
from comanda.contexts.ordering.watching import OrderWatch
from comanda.contexts.shipping.contract.client import ShippingClient
from comanda.contexts.shipping.contract.views import ShipmentView
from comanda.kernel.errors import Conflict
from comanda.messaging.service import Service

SHIPPED, DELIVERED = "shipped", "delivered"
BY_PARCEL = frozenset({SHIPPED, DELIVERED})
PATIENCE_S = 3.0
"""How long the answer waits until the order has heard from shipping what was done to its parcel."""


class StatusNotWritable(Conflict):
    """A managed order gets this status by its process only."""

    code = "status-not-writable"

    def __init__(self, word: str, words: frozenset[str]) -> None:
        super().__init__(f"A managed order becomes {word} by its process only.", present=sorted(words))


class NoShipment(Conflict):
    """The order has no shipment that could leave, or arrive."""

    code = "no-such-shipment"


def present_words(how_far: asyncpg.Record) -> frozenset[str]:
    """The words that say how a managed order is: its status, and what its parcel adds."""
    return frozenset({how_far["status"]} | ({how_far["fulfillment"]} & BY_PARCEL))


def is_present(how_far: asyncpg.Record, word: str, shades: Sequence[Shade] | None) -> bool:
    """Whether a managed order is already as it is asked to be: in one of the shades, or else by the word itself."""
    if shades is None:
        return word in present_words(how_far)
    return shade(how_far["kind"], how_far["status"], how_far["inventory"], how_far["fulfillment"]) in shades


async def move_parcel(service: Service, order_id: str, word: str) -> bool:
    """Dispatch the order's parcel, and deliver it where the word says so; shipping's events then move the order.

    Answers whether the order has heard of it within the time. Raises NoShipment, and Conflict as shipping says.
    """
    shipping = ShippingClient(service.outbound("shipping"))
    parcel = _outbound(await shipping.shipments_of(order_id))
    if parcel.status == "scheduled":
        parcel = await shipping.dispatch(parcel.id, key=f"dispatch:{order_id}")
    if parcel.status == "dispatched" and word == DELIVERED:
        await shipping.deliver(parcel.id, key=f"deliver:{order_id}")
    elif parcel.status not in ("dispatched", "delivered") or (parcel.status == "delivered" and word == SHIPPED):
        raise NoShipment(f"The shipment is {parcel.status}.", shipment_id=parcel.id, shipment=parcel.status)
    return await _heard(service, order_id, word)


def _outbound(shipments: list[ShipmentView]) -> ShipmentView:
    parcel = next((shipment for shipment in shipments if shipment.kind == "outbound"), None)
    if parcel is None:
        raise NoShipment("The order has no shipment yet.")
    return parcel


async def _heard(service: Service, order_id: str, word: str) -> bool:
    watch: OrderWatch = service.state["watch"]
    expected = BY_PARCEL if word == SHIPPED else {DELIVERED}
    async with service.database.acquire() as connection:
        row = await finding.how_far(connection, order_id, Viewer(None))
    if row["fulfillment"] in expected:
        return True
    async with watch.watching(order_id, row["entries"]) as watcher:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while (entry := await watcher.next()) is not None:
                    if msgspec.json.decode(entry.changes).get("fulfillment") in expected:
                        return True
        except TimeoutError:
            pass
    return False
