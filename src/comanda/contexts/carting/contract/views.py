"""A cart as others see it."""

from datetime import datetime

import msgspec
from pydantic import BaseModel, Field

from comanda.kernel.goods import Pieces
from comanda.kernel.money import Money


class CartContents(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a cart, without prices: what an order is made from. `status`: open, checked_out, merged, expired."""

    id: str
    status: str
    customer_id: str | None
    currency: str | None
    version: int
    items: list[Pieces]


class CartLineView(BaseModel):
    """A line at the present price. A product that is gone has neither name nor price."""

    sku: str
    name: str | None
    quantity: int
    unit_price: Money | None
    total: Money | None
    available: bool
    problem: str | None = Field(
        description="`unavailable`: cannot be bought now. `currency`: is sold in another currency by now."
    )


class CartTotalsView(BaseModel):
    """What the available lines cost now, VAT included. Shipping is part of the quote."""

    subtotal: Money
    quantity: int = Field(description="How many pieces the available lines have together.")


class CartView(BaseModel):
    """A cart at live prices. `id` is null for a customer without an open cart, `totals` while there is no line."""

    id: str | None
    status: str = Field(description="open, checked_out, merged or expired")
    customer_id: str | None
    currency: str | None
    version: int
    items: list[CartLineView]
    totals: CartTotalsView | None
    created_at: datetime | None
    updated_at: datetime | None
