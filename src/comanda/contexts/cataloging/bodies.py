"""What requests to cataloging carry."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from comanda.contexts.cataloging.contract.views import ProductStatus
from comanda.contexts.cataloging.product import STANDARD_TAX, Product
from comanda.platform.http import fields
from comanda.platform.http.fields import Body, Line, MoneyBody, Paragraph, Printable, ShortText

HEAVIEST_G = 10_000_000


def _addressable(sku: str) -> str:
    if "/" in sku or sku in (".", "..") or not sku.isprintable():
        raise ValueError("must be printable and fit into a URL: no slash, not . or ..")
    return sku


Sku = Annotated[fields.Sku, AfterValidator(_addressable)]
"""A product's code: it stands in URLs."""

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
"""A category's name in URLs: small letters, digits and hyphens."""

Weight = Annotated[int, Field(ge=0, le=HEAVIEST_G)]
TaxCategory = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+$", max_length=50)]
Name = Annotated[Line, StringConstraints(pattern=r"\S")]


class ProductBody(Body):
    """A new product. Money in minor units; a draft is not shown yet."""

    sku: Sku
    name: Name
    price: MoneyBody
    description: Paragraph = ""
    category: Slug | None = None
    tax_category: TaxCategory = STANDARD_TAX
    weight_g: Weight = 0
    seller_id: ShortText | None = None
    status: ProductStatus = "active"

    def product(self) -> Product:
        """As the catalogue's word."""
        return Product(**{**dict(self), "price": self.price.money()})


class ReplacedProduct(Body):
    """All values of a product: what is left out goes back to its default. `version` guards against lost updates."""

    sku: Sku | None = None
    name: Name
    price: MoneyBody
    description: Paragraph = ""
    category: Slug | None = None
    tax_category: TaxCategory = STANDARD_TAX
    weight_g: Weight = 0
    seller_id: ShortText | None = None
    status: ProductStatus = "active"
    version: Annotated[int, Field(ge=1)] | None = None


class ProductChanges(Body):
    """Some values of a product: what is left out stays. `version` guards against lost updates."""

    name: Name | None = None
    price: MoneyBody | None = None
    description: Paragraph | None = None
    category: Slug | None = None
    tax_category: TaxCategory | None = None
    weight_g: Weight | None = None
    seller_id: ShortText | None = None
    status: ProductStatus | None = None
    version: Annotated[int, Field(ge=1)] | None = None


class ImportedProduct(Body):
    """A product of an import: a new one gets the defaults, of a known one what is left out stays."""

    sku: Sku
    name: Name
    price: MoneyBody
    description: Paragraph | None = None
    category: Slug | None = None
    tax_category: TaxCategory | None = None
    weight_g: Weight | None = None
    seller_id: ShortText | None = None

    def applied_to(self, known: Product | None) -> Product:
        """The product as it is after the import."""
        said: dict[str, Any] = {name: value for name, value in dict(self).items() if value is not None}
        said["price"] = self.price.money()
        return Product(**said) if known is None else known.with_changes(**said)


class ImportBody(Body):
    """Products to create or change. Each is checked by itself: a wrong one is named and left out."""

    products: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1_000)]


class LookupBody(Body):
    """The products that an order or a cart is about."""

    skus: Annotated[list[Annotated[str, StringConstraints(max_length=64), Printable]], Field(max_length=1_000)]


class CategoryBody(Body):
    """A new category; siblings stand by position, then by name."""

    slug: Slug
    name: Name
    parent: Slug | None = None
    position: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class CategoryChanges(Body):
    """Some values of a category: what is left out stays; parent null makes it a root."""

    name: Name | None = None
    parent: Slug | None = None
    position: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    version: Annotated[int, Field(ge=1)] | None = None
