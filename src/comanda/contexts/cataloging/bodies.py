"""What requests to cataloging carry."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from comanda.contexts.cataloging.contract.views import ProductStatus
from comanda.contexts.cataloging.product import STANDARD_TAX, Product, is_addressable
from comanda.platform.http.fields import Body, Line, MoneyBody, Paragraph, Printable, ShortText

HEAVIEST_G = 10_000_000

UNSAID: Any = Field(default_factory=lambda: None)
"""May be left out, which shows in `model_fields_set`; null is not allowed."""


def _addressable(sku: str) -> str:
    if not is_addressable(sku):
        raise ValueError("must be printable and fit into a URL: no slash, not . or ..")
    return sku


Sku = Annotated[str, AfterValidator(_addressable)]
"""A product's code, up to 64 characters: it stands in URLs."""

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
"""A category's name in URLs: small letters, digits and hyphens."""

Weight = Annotated[int, Field(ge=0, le=HEAVIEST_G)]
Position = Annotated[int, Field(ge=0, le=1_000_000)]
Version = Annotated[int, Field(ge=1, le=2**31 - 1, description="The version that the caller has seen.")]
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

    name: Name
    price: MoneyBody
    description: Paragraph = ""
    category: Slug | None = None
    tax_category: TaxCategory = STANDARD_TAX
    weight_g: Weight = 0
    seller_id: ShortText | None = None
    status: ProductStatus = "active"
    version: Version = UNSAID

    def product(self, sku: str) -> Product:
        """As the catalogue's word."""
        values = {name: value for name, value in dict(self).items() if name != "version"}
        return Product(sku=sku, **{**values, "price": self.price.money()})


class ProductChanges(Body):
    """Some values of a product: what is left out stays. `version` guards against lost updates."""

    name: Name = UNSAID
    price: MoneyBody = UNSAID
    description: Paragraph = UNSAID
    category: Slug | None = None
    tax_category: TaxCategory = UNSAID
    weight_g: Weight = UNSAID
    seller_id: ShortText | None = None
    status: ProductStatus = UNSAID
    version: Version = UNSAID

    def changes(self) -> dict[str, Any]:
        """The values that were sent."""
        said = {name: getattr(self, name) for name in self.model_fields_set if name != "version"}
        if "price" in said:
            said["price"] = self.price.money()
        return said


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
    position: Position = 0


class CategoryChanges(Body):
    """Some values of a category: what is left out stays; parent null makes it a root."""

    name: Name = UNSAID
    parent: Slug | None = None
    position: Position = UNSAID
    version: Version = UNSAID

    def changes(self) -> dict[str, Any]:
        """The values that were sent."""
        return {name: getattr(self, name) for name in self.model_fields_set if name != "version"}
