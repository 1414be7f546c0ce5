"""A parcel on its way out, or a return on its way back: its states and rules. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from comanda.contexts.shipping.contract.events import (
    ReturnReceived,
    ShipmentCanceled,
    ShipmentDelivered,
    ShipmentDispatched,
    ShipmentFailed,
)
from comanda.kernel.address import Address
from comanda.kernel.errors import Conflict, Invalid
from comanda.kernel.event import Event
from comanda.kernel.goods import Pieces

Status = Literal["expected", "scheduled", "dispatched", "delivered", "returned", "canceled", "failed", "withdrawn"]

GONE: frozenset[Status] = frozenset({"dispatched", "delivered", "returned"})
"""The parcel has left: no cancel any more, only a return."""


class WrongState(Conflict):
    """The shipment is in a state that does not allow this."""

    code = "shipment-state"


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of one product in a parcel."""

    sku: str
    quantity: int
    name: str = ""


class Parcel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is in a parcel and how it travels. `value`: what it cost with its shipping, gross minor units.

    For a return it is what the pieces cost. `country` stays when the address has been erased.
    """

    carrier: str
    method: str
    lines: list[Content]
    value: int
    currency: str
    weight_g: int = 0
    country: str = ""


@dataclass(slots=True, kw_only=True)
class Shipment:
    """One row of shipping's. Not `managed`: sent by hand for an order that another system runs."""

    id: str
    order_id: str
    kind: Literal["outbound", "return"] = "outbound"
    return_id: str | None = None
    managed: bool = True
    status: Status
    customer_id: str | None = None
    tracking_number: str | None = None
    parcel: Parcel | None = None
    recipient: Address | None = None
    reason: str = ""
    restocked: list[Pieces] | None = None
    created_at: datetime | None = None
    dispatched_at: datetime | None = None
    delivered_at: datetime | None = None
    ended_at: datetime | None = None

    def contents(self) -> Parcel:
        """What is in it; only a mark has nothing."""
        assert self.parcel is not None
        return self.parcel

    def dispatch(self, at: datetime) -> Event:
        """The parcel leaves. Raises WrongState unless it is scheduled."""
        self._need("scheduled", "dispatched")
        self.status, self.dispatched_at = "dispatched", at
        return ShipmentDispatched(
            order_id=self.order_id,
            shipment_id=self.id,
            carrier=self.contents().carrier,
            tracking_number=self.tracking_number or "",
        )

    def deliver(self, at: datetime) -> Event:
        """The parcel has arrived. Raises WrongState unless it is dispatched."""
        self._need("dispatched", "delivered")
        self.status, self.delivered_at = "delivered", at
        return ShipmentDelivered(order_id=self.order_id, shipment_id=self.id)

    def cancel(self, reason: str, at: datetime) -> Event:
        """The parcel does not leave. Raises WrongState unless it is scheduled."""
        self._need("scheduled", "canceled")
        self._end("canceled", reason, at)
        return ShipmentCanceled(order_id=self.order_id, shipment_id=self.id, reason=reason)

    def fail(self, reason: str, at: datetime) -> Event:
        """The carrier cannot take the parcel after all. Raises WrongState unless it is scheduled."""
        self._need("scheduled", "failed")
        self._end("failed", reason, at)
        return ShipmentFailed(order_id=self.order_id, shipment_id=self.id, reason=reason)

    def come_back(self, restockable: bool, lines: Sequence[Pieces] | None, at: datetime) -> Event:
        """A return has come, or a dispatched parcel was refused at the door or lost.

        `lines`: the pieces that can be sold again, when it is not all of them. Raises WrongState for an outbound parcel
        that is not under way (a delivered one needs an approved return), Invalid for pieces that were not in it.
        """
        if self.status != ("expected" if self.kind == "return" else "dispatched"):
            raise WrongState(f"What is {self.status} cannot come back.", shipment_status=self.status)
        parcel = self.contents()
        restock = restockable_pieces(parcel.lines, lines) if restockable else []
        if lines and not restockable:
            raise Invalid("Pieces to restock are named, and nothing is restockable.")
        self._end("returned", "", at)
        self.restocked = restock
        return ReturnReceived(
            order_id=self.order_id,
            shipment_id=self.id,
            return_id=self.return_id or "",
            lines=[Pieces(sku=line.sku, quantity=line.quantity) for line in parcel.lines],
            restock=restock,
            value=parcel.value,
            currency=parcel.currency,
        )

    def came_back_in_part(self, at: datetime) -> bool:
        """A return of some of its pieces has come: the parcel counts as returned. Whether that is new."""
        if self.status != "delivered":
            return False
        self._end("returned", "", at)
        return True

    def _end(self, status: Status, reason: str, at: datetime) -> None:
        self.status, self.reason, self.ended_at = status, reason, at

    def _need(self, status: Status, wanted: str) -> None:
        if self.kind == "return" or self.status != status:
            what = "return" if self.kind == "return" else "shipment"
            raise WrongState(f"A {what} that is {self.status} cannot be {wanted}.", shipment_status=self.status)


def restockable_pieces(contents: Sequence[Content], named: Sequence[Pieces] | None) -> list[Pieces]:
    """The pieces that go back on the shelf: those named, else all. Raises Invalid for more than there were."""
    there: dict[str, int] = {}
    for line in contents:
        there[line.sku] = there.get(line.sku, 0) + line.quantity
    if named is None:
        return [Pieces(sku=sku, quantity=quantity) for sku, quantity in there.items()]
    wanted: dict[str, int] = {}
    for piece in named:
        wanted[piece.sku] = wanted.get(piece.sku, 0) + piece.quantity
    for sku, quantity in wanted.items():
        if quantity > there.get(sku, 0):
            raise Invalid(f"There were {there.get(sku, 0)} of {sku} in the parcel.", sku=sku)
    return [Pieces(sku=sku, quantity=quantity) for sku, quantity in wanted.items()]
