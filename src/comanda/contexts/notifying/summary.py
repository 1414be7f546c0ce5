"""What messages say of an order: kept once, as JSON, and the same for all of them."""

from datetime import datetime

import msgspec

from comanda.contexts.ordering.contract.events import OrderCreated, OrderLine


class Summary(msgspec.Struct, frozen=True, gc=False):
    """What messages say of an order. Amounts are minor units of `currency`."""

    number: int
    reference: str
    currency: str
    lines: list[OrderLine]
    subtotal: int
    shipping: int
    tax: int
    total: int
    created_at: datetime


def summary_of(order: OrderCreated) -> str:
    """The order's part of every message about it, as JSON."""
    return _encode(
        Summary(
            order.number,
            order.reference,
            order.currency,
            order.lines,
            order.subtotal,
            order.shipping,
            order.tax,
            order.total,
            order.created_at,
        )
    ).decode()


_encode = msgspec.json.Encoder().encode
