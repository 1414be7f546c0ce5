"""How other services ask shipping."""

from collections.abc import Sequence
from typing import Any

from comanda.contexts.shipping.contract.views import RatesView, RateView, ShipmentView
from comanda.kernel.goods import Pieces
from comanda.kernel.money import Money
from comanda.platform.outbound import Outbound


class ShippingClient:
    """Shipping's routes as functions. Every one raises Unavailable when shipping cannot be reached."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def rates(self, country: str, postal_code: str, weight_g: int, value: Money) -> list[RateView]:
        """The ways to send a parcel of this weight and value there, cheapest first; empty when nobody goes there."""
        body = {"country": country, "postal_code": postal_code, "weight_g": weight_g, "value": value}
        answer = (await self._outbound.call("POST", "/rates", json=body)).checked()
        return RatesView.model_validate_json(answer.body).items

    async def shipment(self, shipment_id: str) -> ShipmentView:
        """One shipment. Raises NotFound."""
        answer = (await self._outbound.call("GET", f"/shipments/{shipment_id}")).checked()
        return ShipmentView.model_validate_json(answer.body)

    async def shipments_of(self, order_id: str) -> list[ShipmentView]:
        """The order's shipments, returns included, newest first."""
        answer = (await self._outbound.call("GET", "/shipments", query={"order_id": order_id})).checked()
        return [ShipmentView.model_validate(item) for item in answer.json()["items"]]

    async def dispatch(self, shipment_id: str, *, key: str | None = None) -> ShipmentView:
        """The parcel leaves. Raises Conflict unless it is scheduled, NotFound."""
        return await self._act(shipment_id, "dispatch", {}, key)

    async def deliver(self, shipment_id: str, *, key: str | None = None) -> ShipmentView:
        """The parcel has arrived. Raises Conflict unless it is dispatched, NotFound."""
        return await self._act(shipment_id, "deliver", {}, key)

    async def cancel(self, shipment_id: str, reason: str, *, key: str | None = None) -> ShipmentView:
        """The parcel does not leave. Raises Conflict once it has, NotFound."""
        return await self._act(shipment_id, "cancel", {"reason": reason}, key)

    async def receive_return(
        self, shipment_id: str, restockable: bool, lines: Sequence[Pieces] | None = None, *, key: str | None = None
    ) -> ShipmentView:
        """A return, or a parcel refused at the door or lost, has come back. Raises Conflict, NotFound."""
        body: dict[str, Any] = {"restockable": restockable}
        if lines is not None:
            body["lines"] = list(lines)
        return await self._act(shipment_id, "return", body, key)

    async def _act(self, shipment_id: str, act: str, body: dict[str, Any], key: str | None) -> ShipmentView:
        answer = await self._outbound.call("POST", f"/shipments/{shipment_id}/{act}", json=body, key=key)
        return ShipmentView.model_validate_json(answer.checked().body)
