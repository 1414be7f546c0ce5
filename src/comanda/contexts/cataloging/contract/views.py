"""What cataloging answers."""

from datetime import datetime
from typing import Literal

import msgspec
from pydantic import BaseModel

from comanda.kernel.money import Money

ProductStatus = Literal["draft", "active", "retired"]


class ProductView(msgspec.Struct, frozen=True, gc=False):
    """What an order or a cart has to know of a product. Not `available`: retired, or its seller is suspended."""

    sku: str
    name: str
    price: Money
    tax_category: str
    weight_g: int
    seller_id: str | None
    available: bool


class MoneyView(BaseModel):
    """An amount in minor units, and its currency."""

    amount: int
    currency: str


class LookedUpView(BaseModel):
    """A `ProductView` as the documents show it."""

    sku: str
    name: str
    price: MoneyView
    tax_category: str
    weight_g: int
    seller_id: str | None
    available: bool


class LookupView(BaseModel):
    """The products that were found of those asked for."""

    items: list[LookedUpView]


class ProductPageView(BaseModel):
    """A product as the shop shows it. Not `available`: not active, or its seller is suspended."""

    sku: str
    name: str
    description: str
    price: MoneyView
    category: str | None
    tax_category: str
    weight_g: int
    seller_id: str | None
    status: ProductStatus
    available: bool
    version: int
    created_at: datetime
    updated_at: datetime


class ProductList(BaseModel):
    """A part of a list of products."""

    items: list[ProductPageView]
    next_cursor: str | None = None


class RejectedProduct(BaseModel):
    """A product of an import that was not taken, and why."""

    sku: str
    reason: str


class ImportedView(BaseModel):
    """What an import did."""

    created: int
    changed: int
    unchanged: int
    rejected: list[RejectedProduct]


class CategoryView(BaseModel):
    """A category. `path` leads to it from the root, itself included; `products` counts what is directly in it."""

    slug: str
    name: str
    parent: str | None
    position: int
    path: list[str]
    products: int
    version: int


class CategoryList(BaseModel):
    """All categories, each before its children, siblings by position and name."""

    items: list[CategoryView]


class FacetView(BaseModel):
    """How many of the products found are in a category, its subcategories included."""

    category: str
    name: str
    count: int


class PriceRangeView(BaseModel):
    """The lowest and highest price of the products found, in one currency's minor units."""

    currency: str
    lowest: int
    highest: int
    count: int


class FacetsView(BaseModel):
    """What the products found can be narrowed by."""

    categories: list[FacetView]
    prices: list[PriceRangeView]
