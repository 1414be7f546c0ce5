"""What carting's routes take."""

from typing import Annotated

from pydantic import Field

from comanda.platform.http.fields import NO_NUL, Body, Quantity, ShortText, Sku

MOST_LINES = 500
"""No setting goes beyond it."""


class NewLine(Body):
    """Some pieces of one product."""

    sku: Sku
    quantity: Quantity


class NewCart(Body):
    """A cart to be opened. Lines of the same product are added up."""

    items: Annotated[list[NewLine], Field(max_length=MOST_LINES)] = Field(default_factory=list)
    customer_id: ShortText | None = Field(
        default=None, description="For staff and services: whose cart it is, in whatever system."
    )

    @property
    def quantities(self) -> dict[str, int]:
        """How much of each product is wanted."""
        wanted: dict[str, int] = {}
        for line in self.items:
            wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
        return wanted


class LineQuantity(Body):
    """How many pieces of the product there are to be in all."""

    quantity: Quantity


class Merge(Body):
    """Whose the guest's cart is to be."""

    customer_id: ShortText | None = Field(
        default=None, description="For staff and services, who must name the customer; customers are themselves."
    )


class Lookup(Body):
    """The carts to be looked up."""

    ids: Annotated[list[Annotated[str, Field(pattern=NO_NUL)]], Field(max_length=1_000)]
