"""A product: what it is, what it costs, and what its changes mean to others. Pure."""

from collections.abc import Iterator
from typing import Any

import msgspec

from comanda.contexts.cataloging.contract.events import ProductChanged, ProductCreated, ProductRetired
from comanda.contexts.cataloging.errors import StatusNotAllowed
from comanda.kernel.event import Event
from comanda.kernel.money import Money

DRAFT = "draft"
ACTIVE = "active"
RETIRED = "retired"

STANDARD_TAX = "standard"
LONGEST_SKU = 64


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """A product as it stands. Active ones are sold, drafts are not yet, retired ones are not any more."""

    sku: str
    name: str
    price: Money
    description: str = ""
    category: str | None = None
    tax_category: str = STANDARD_TAX
    weight_g: int = 0
    seller_id: str | None = None
    status: str = ACTIVE

    def with_changes(self, **changes: Any) -> "Product":
        """The same product with some values changed. Raises StatusNotAllowed for one that is not a draft any more."""
        after = msgspec.structs.replace(self, **changes)
        if after.status == DRAFT != self.status:
            raise StatusNotAllowed(self.status, DRAFT)
        return after


def is_addressable(sku: str) -> bool:
    """Whether a text may be a sku: 1 to 64 printable characters that can stand in a URL, no blanks around them."""
    return (
        0 < len(sku) <= LONGEST_SKU
        and sku.isprintable()
        and sku == sku.strip()
        and "/" not in sku
        and sku not in (".", "..")
    )


def news(before: Product | None, after: Product, *, seller_suspended: bool) -> Iterator[Event]:
    """What others have to know of a change. Drafts are nobody's business."""
    if after.status == ACTIVE:
        new = before is None or before.status == DRAFT
        if new:
            yield ProductCreated(
                sku=after.sku,
                name=after.name,
                price=after.price,
                tax_category=after.tax_category,
                seller_id=after.seller_id,
            )
        if not new or seller_suspended:
            yield changed(after, seller_suspended=seller_suspended)
    elif before is not None and before.status == ACTIVE:
        yield ProductRetired(sku=after.sku)


def changed(product: Product, *, seller_suspended: bool) -> ProductChanged:
    """The present values of a product."""
    return ProductChanged(
        sku=product.sku,
        name=product.name,
        price=product.price,
        tax_category=product.tax_category,
        available=product.status == ACTIVE and not seller_suspended,
        seller_id=product.seller_id,
    )
