"""What is counted of one order, folded from its events. Pure.

Every fact only grows (how far the order came, how it ended, what was paid back), so publishers may be read in any
order; the one exception are recorded orders, whose values are overwritten by whoever keeps them.
"""

from datetime import datetime

import msgspec

from comanda.contexts.ordering.contract.events import OrderLine

CREATED, RESERVED, PAID, SHIPPING_SCHEDULED, COMPLETED, SHIPPED, DELIVERED = range(7)
STAGES = ("created", "reserved", "paid", "shipping_scheduled", "completed", "shipped", "delivered")

_RECORDED_STAGE = {name: stage for stage, name in enumerate(STAGES)}
_ENDED = {"canceled": "canceled", "cancelled": "canceled", "failed": "failed"}


class SoldLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A line as top products need it. `gross` is minor units of the order's currency."""

    sku: str
    name: str
    quantity: int
    gross: int


class OrderFacts(msgspec.Struct, gc=False):
    """What a batch says about one order. `created_at` None: nothing about its making."""

    order_id: str
    recorded: bool = False
    created_at: datetime | None = None
    currency: str = ""
    total: int = 0
    lines: str | None = None
    reached: int = CREATED
    ended: str | None = None
    refunded: int = 0
    credited: int | None = None
    hidden: bool = False

    def reach(self, stage: int) -> None:
        """The order has come this far, at least."""
        self.reached = max(self.reached, stage)

    def record(self, status: str) -> None:
        """A recorded order stands where its keeper says, whatever was said before."""
        self.recorded = True
        self.reached = _RECORDED_STAGE.get(status, CREATED)
        self.ended = _ENDED.get(status)


def sold_lines(lines: list[OrderLine]) -> str:
    """An order's lines as they are kept: JSON arrays of sku, name, quantity, gross."""
    return _encode([SoldLine(line.sku, line.name, line.quantity, line.gross) for line in lines]).decode()


_encode = msgspec.json.Encoder().encode
