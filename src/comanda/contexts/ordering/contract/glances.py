"""Orders at a glance: what long lists show of them, read from the answer without the rest, in a tenth of the time."""

from datetime import datetime
from typing import Literal

import msgspec

from comanda.contexts.ordering.contract.views import Status
from comanda.kernel.money import Money


class GlancedTotals(msgspec.Struct, frozen=True):
    """What the order costs."""

    total: Money


class GlancedFacet(msgspec.Struct, frozen=True):
    """How far a facet is."""

    status: str


class Glance(msgspec.Struct, frozen=True):
    """An order as in OrderView, without what was ordered and where it goes."""

    id: str
    number: int
    reference: str
    kind: Literal["managed", "recorded"]
    status: Status
    customer_id: str | None
    totals: GlancedTotals
    inventory: GlancedFacet
    fulfillment: GlancedFacet
    created_at: datetime
    updated_at: datetime


class GlancePage(msgspec.Struct, frozen=True):
    """A part of a list."""

    items: list[Glance]
    next_cursor: str | None


decode_glances = msgspec.json.Decoder(GlancePage).decode
