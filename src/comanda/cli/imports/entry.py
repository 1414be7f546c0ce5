"""What a good row says: a sale or credit of some pieces, or a product of a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from comanda.cli.imports.ledger import Row


class Kind(Enum):
    """What a row is about."""

    GOODS = "goods"
    CHARGE = "charge"
    DISCOUNT = "discount"
    SHIPPING = "shipping"


@dataclass(frozen=True, slots=True)
class Entry:
    """A good row. `quantity` is positive, given back where `credit`; `price` is in minor units; `time` is UTC."""

    row: Row
    kind: Kind
    credit: bool
    order: str
    sku: str
    name: str
    quantity: int
    price: int
    time: datetime
    customer: str | None
    country: str | None

    @property
    def amount(self) -> int:
        """Pieces × price, in minor units."""
        return self.quantity * self.price


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of a product list; the price in minor units, the weight in grams (0: not given)."""

    sku: str
    name: str
    price: int
    category: str
    weight_g: int
