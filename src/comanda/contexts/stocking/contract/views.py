"""What stocking answers."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

StockStatus = Literal["in_stock", "low", "out"]
ReservationState = Literal["awaited", "reserved", "insufficient", "committed", "released"]
MovementKind = Literal["adjusted", "sold", "returned", "undone"]


class AvailabilityView(BaseModel):
    """How much of a product can be bought. `status`: low is at or below its low-stock mark, out is nothing."""

    sku: str
    available: int
    status: StockStatus


class StockLevelView(AvailabilityView):
    """How much of a product there is; `available` is what is on hand and not reserved."""

    on_hand: int
    reserved: int
    low_stock_threshold: int


class StockPage(BaseModel):
    """A part of the list of levels."""

    items: list[StockLevelView]
    next_cursor: str | None = None


class AdjustedView(BaseModel):
    """The levels after a list of adjustments, each product once."""

    items: list[StockLevelView]


class MovementView(BaseModel):
    """A line of a product's ledger. `order_id` names the order that took or gave back the pieces."""

    id: int
    sku: str
    delta: int
    kind: MovementKind
    reason: str | None
    order_id: str | None
    actor: str | None
    at: datetime


class MovementPage(BaseModel):
    """A part of a product's ledger, the latest first."""

    items: list[MovementView]
    next_cursor: str | None = None


class ReservedLineView(BaseModel):
    """Pieces of a product that a reservation is about."""

    sku: str
    quantity: int


class ReservationView(BaseModel):
    """Pieces set aside. A `managed` one belongs to the order with the same id and ends with it."""

    id: str
    state: ReservationState
    managed: bool
    lines: list[ReservedLineView]
    expires_at: datetime | None
    created_at: datetime


class AlertView(BaseModel):
    """Something about the stock that staff should look at.

    `low` and `out` name a product; `overdue` names an order whose goods are set aside for longer than was planned.
    """

    kind: Literal["low", "out", "overdue"]
    sku: str | None = None
    available: int | None = None
    low_stock_threshold: int | None = None
    order_id: str | None = None
    expires_at: datetime | None = None


class AlertPage(BaseModel):
    """A part of the list of alerts."""

    items: list[AlertView]
    next_cursor: str | None = None
