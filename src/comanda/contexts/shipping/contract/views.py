"""What shipping answers."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from comanda.kernel.money import Money

ShipmentStatus = Literal["expected", "scheduled", "dispatched", "delivered", "returned", "canceled", "failed"]


class RateView(BaseModel):
    """What it costs to send a parcel one way. `id` is what POST /orders takes as `shipping_method`."""

    id: str
    carrier: str
    name: str
    price: Money
    days: int


class RatesView(BaseModel):
    """The ways to send a parcel, cheapest first; empty when nobody goes there."""

    items: list[RateView]


class PiecesView(BaseModel):
    """Pieces of one product in a parcel."""

    sku: str
    quantity: int
    name: str = ""


class RecipientView(BaseModel):
    """Where a parcel goes."""

    recipient: str
    street: str
    city: str
    postal_code: str
    country: str
    number: str = ""
    line2: str = ""
    state: str = ""
    phone: str = ""
    company: str = ""


class ShipmentView(BaseModel):
    """A parcel on its way out, or a return on its way back (`kind`).

    A return is `expected` until it has come. `value` is what the pieces cost, VAT included.
    """

    id: str
    order_id: str
    kind: Literal["outbound", "return"]
    return_id: str | None
    status: ShipmentStatus
    carrier: str
    method: str
    tracking_number: str | None
    label: Literal["live", "void"]
    lines: list[PiecesView]
    restocked: list[PiecesView]
    weight_g: int
    value: Money
    recipient: RecipientView | None
    reason: str
    created_at: datetime
    dispatched_at: datetime | None
    delivered_at: datetime | None
    ended_at: datetime | None


class TrackingEventView(BaseModel):
    """Something that happened to a parcel."""

    status: ShipmentStatus
    at: datetime


class TrackingView(BaseModel):
    """Where a parcel is; nothing about whom it belongs to. `url` is the carrier's own page, if it has one."""

    tracking_number: str
    carrier: str
    status: ShipmentStatus
    url: str | None
    events: list[TrackingEventView]


class RateRow(BaseModel):
    """A price of a shipping method for some places and parcels.

    `countries` and `postal_prefixes` empty: everywhere. Weights are a band, from `from_weight_g` up to and with
    `to_weight_g` (none: no limit). From a goods' value of `free_from` (minor units of the price's currency) it is free.
    """

    countries: list[str]
    postal_prefixes: list[str]
    from_weight_g: int
    to_weight_g: int | None
    price: Money
    free_from: int | None


class MethodView(BaseModel):
    """A way a carrier ships. Without `rates` it goes everywhere, free in every currency."""

    code: str
    name: str
    days: int
    rates: list[RateRow]


class CarrierView(BaseModel):
    """A carrier and what it charges. `tracking_url` has `{number}` where the tracking number belongs."""

    code: str
    name: str
    active: bool
    tracking_url: str | None
    methods: list[MethodView]
    version: int
