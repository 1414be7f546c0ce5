"""What stocking publishes. Events about an order have its id as subject, those about a product its sku."""

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from comanda.kernel.event import Event


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A product of which there is less than the order wants."""

    sku: str
    wanted: int
    available: int


class StockReserved(Event, version=1):
    """Every line of the order is set aside; the payment may be taken.

    `foreign_stages` is what OrderCreated says.
    """

    order_id: str
    expires_at: datetime
    foreign_stages: list[str] | UnsetType = UNSET


class StockInsufficient(Event, version=1):
    """At least one line could not be set aside, so none was."""

    order_id: str
    missing: list[Missing]


class StockCommitted(Event, version=1):
    """The reserved pieces have left the stock for good."""

    order_id: str


class StockReleased(Event, version=1):
    """The order was undone: what was reserved is free again, what was committed is back."""

    order_id: str


class StockLow(Event, version=1, subject="sku"):
    """Availability fell to the threshold (`level` low) or to nothing (`level` out)."""

    sku: str
    level: str
    available: int
    threshold: int


class StockReplenished(Event, version=1, subject="sku"):
    """Availability rose above the threshold again."""

    sku: str
    available: int
