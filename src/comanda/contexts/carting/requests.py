"""What carting's routes take."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from comanda.platform.http.fields import Text

LARGEST_QUANTITY = 999_999
"""No setting goes beyond it; neither does the table."""

MOST_LINES = 500

Sku = Annotated[str, Text(100, 1)]
Quantity = Annotated[int, Field(ge=1, le=LARGEST_QUANTITY)]

_CONFIG = ConfigDict(extra="forbid", strict=True)


class NewLine(BaseModel):
    """Some pieces of one product."""

    model_config = _CONFIG

    sku: Sku
    quantity: Quantity


class NewCart(BaseModel):
    """A cart to be opened. Lines of the same product are added up."""

    model_config = _CONFIG

    items: Annotated[list[NewLine], Field(max_length=MOST_LINES)] = []
    customer_id: Annotated[str | None, Text(50, 1)] = Field(
        default=None, description="For staff and services: whose cart it is, in whatever system."
    )

    @property
    def quantities(self) -> dict[str, int]:
        """How much of each product is wanted."""
        wanted: dict[str, int] = {}
        for line in self.items:
            wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
        return wanted


class Lookup(BaseModel):
    """The carts to be looked up."""

    model_config = _CONFIG

    ids: Annotated[list[str], Field(max_length=100)]
