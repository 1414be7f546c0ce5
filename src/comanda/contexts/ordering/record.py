"""A recorded order: one that another system ran. It is kept, listed, reported and counted, and starts nothing. Pure.

Its VAT is unknown and written as 0, so that a line's net is its gross; its total is its lines and shipping, or a sum
alone where nobody knows the lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import msgspec

from comanda.contexts.ordering.contract.events import OrderLine
from comanda.kernel.address import Address
from comanda.kernel.errors import Conflict, Invalid

StatusWord = Literal[
    "created", "reserved", "paid", "shipping_scheduled", "completed", "failed", "canceled", "shipped", "delivered"
]
"""What can be written as the status of a recorded order; the last two are completed with that facet."""

LARGEST_TOTAL = 2**53 - 1


class NotRecorded(Conflict):
    """A managed order is moved by its process, and neither changed nor deleted by hand."""

    code = "order-not-recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is written down of an order. `goods` is what its lines cost, or were said to cost; amounts in minor units.

    A credit of its own is a record with negative amounts.
    """

    reference: str | None
    customer_id: str | None
    email: str | None
    status: str
    fulfillment: str
    currency: str
    lines: tuple[OrderLine, ...]
    goods: int
    shipping: int
    country: str | None
    metadata: str | None
    created_at: datetime

    @property
    def total(self) -> int:
        """What the order cost."""
        return self.goods + self.shipping

    @property
    def address(self) -> str | None:
        """Where it went, as far as that is known: the country, as JSON."""
        return None if self.country is None else _encode(_somewhere(self.country))


def line_of(sku: str, name: str, quantity: int, unit_price: int) -> OrderLine:
    """A line whose VAT nobody knows."""
    gross = quantity * unit_price
    return OrderLine(sku=sku, name=name or sku, quantity=quantity, unit_price=unit_price, net=gross, tax=0, gross=gross)


def status_of(word: str, fulfillment: str = "pending") -> tuple[str, str]:
    """Status and facet `fulfillment` that a word stands for. `completed` keeps what is known of the parcel."""
    if word in ("shipped", "delivered"):
        return "completed", word
    return word, fulfillment if word == "completed" else "pending"


def goods_of(lines: Sequence[OrderLine] | None, shipping: int, total: int | None) -> int:
    """What the goods cost: the sum of the lines, or without lines what the total leaves.

    Raises Invalid when there is neither, or when they contradict each other.
    """
    if lines is None:
        if total is None:
            raise Invalid("An order has lines or a total.", field="total")
        return total - shipping
    goods = sum(line.gross for line in lines)
    if total is not None and total != goods + shipping:
        raise Invalid("The total is not that of the lines and the shipping.", field="total", total=goods + shipping)
    if abs(goods + shipping) > LARGEST_TOTAL:
        raise Invalid("The total is too large.", field="lines")
    return goods


def given_back(record: Record) -> Record:
    """A credit of its own: the record with its pieces and amounts negative."""
    lines = tuple(line_of(line.sku, line.name, -line.quantity, line.unit_price) for line in record.lines)
    return replace(record, lines=lines, goods=-record.goods, shipping=-record.shipping)


def differences(old: Record, new: Record) -> dict[str, Any]:
    """What the timeline says of a change: the new values, of lines how many, of what may be personal only that."""
    changes: dict[str, Any] = {
        name: getattr(new, name)
        for name in ("reference", "customer_id", "status", "fulfillment", "currency", "country", "shipping", "total")
        if getattr(old, name) != getattr(new, name)
    }
    changes |= {name: "changed" for name in ("email", "metadata") if getattr(old, name) != getattr(new, name)}
    if old.created_at != new.created_at:
        changes["created_at"] = new.created_at.isoformat()
    if old.lines != new.lines:
        changes["lines"] = len(new.lines)
    return changes


def _somewhere(country: str) -> Address:
    return Address(recipient="", street="", city="", postal_code="", country=country)


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()
