"""How other services ask cataloging."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from comanda.contexts.cataloging.contract.views import (
    CategoryList,
    CategoryView,
    FacetsView,
    ImportedView,
    ProductList,
    ProductPageView,
    ProductView,
)
from comanda.kernel.errors import NotFound
from comanda.platform.outbound import Outbound

MOST_SKUS = 1_000


class _Found(msgspec.Struct):
    items: list[ProductView]


_decode_found = msgspec.json.Decoder(_Found).decode


class CatalogingClient:
    """Products and categories. Raises what the answer's problem says."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def lookup(self, skus: Sequence[str]) -> dict[str, ProductView]:
        """What an order has to know of products, by sku; unknown ones are left out."""
        found: dict[str, ProductView] = {}
        for start in range(0, len(skus), MOST_SKUS):
            piece = skus[start : start + MOST_SKUS]
            answer = (await self._outbound.call("POST", "/products/lookup", json={"skus": piece})).checked()
            for product in _decode_found(answer.body).items:
                found[product.sku] = product
        return found

    async def product(self, sku: str) -> ProductPageView | None:
        """One product with all that is shown of it; None when there is none."""
        try:
            answer = (await self._outbound.call("GET", _path(sku))).checked()
        except NotFound:
            return None
        return ProductPageView.model_validate_json(answer.body)

    async def products(self, query: Mapping[str, str | int | Sequence[str]]) -> ProductList:
        """A page of products; `query` as for GET /products: query, category, min_price, sort, limit, cursor …"""
        answer = (await self._outbound.call("GET", "/products", query=query)).checked()
        return ProductList.model_validate_json(answer.body)

    async def facets(self, query: Mapping[str, str | int | Sequence[str]]) -> FacetsView:
        """What the products of the same `query` can be narrowed by."""
        answer = (await self._outbound.call("GET", "/product-facets", query=query)).checked()
        return FacetsView.model_validate_json(answer.body)

    async def create(self, product: Mapping[str, Any], *, key: str | None = None) -> ProductPageView:
        """Put a product into the catalogue; the body is that of POST /products."""
        answer = (await self._outbound.call("POST", "/products", json=product, key=key)).checked()
        return ProductPageView.model_validate_json(answer.body)

    async def change(self, sku: str, changes: Mapping[str, Any]) -> ProductPageView:
        """Change some values of a product; `version` among them guards against lost updates."""
        answer = (await self._outbound.call("PATCH", _path(sku), json=changes)).checked()
        return ProductPageView.model_validate_json(answer.body)

    async def retire(self, sku: str) -> None:
        """Sell a product no more."""
        (await self._outbound.call("DELETE", _path(sku))).checked()

    async def import_products(self, products: Sequence[Mapping[str, Any]]) -> ImportedView:
        """Create and change up to 1,000 products at once."""
        answer = await self._outbound.call("POST", "/products/import", json={"products": list(products)})
        return ImportedView.model_validate_json(answer.checked().body)

    async def categories(self) -> CategoryList:
        """The whole tree, each category before its children."""
        answer = (await self._outbound.call("GET", "/categories")).checked()
        return CategoryList.model_validate_json(answer.body)

    async def create_category(self, category: Mapping[str, Any], *, key: str | None = None) -> CategoryView:
        """Add a category; the body is that of POST /categories."""
        answer = (await self._outbound.call("POST", "/categories", json=category, key=key)).checked()
        return CategoryView.model_validate_json(answer.body)

    async def change_category(self, slug: str, changes: Mapping[str, Any]) -> CategoryView:
        """Rename, move or reorder a category."""
        answer = await self._outbound.call("PATCH", f"/categories/{quote(slug, safe='')}", json=changes)
        return CategoryView.model_validate_json(answer.checked().body)

    async def delete_category(self, slug: str) -> None:
        """Remove a category that has neither products nor subcategories."""
        (await self._outbound.call("DELETE", f"/categories/{quote(slug, safe='')}")).checked()


def _path(sku: str) -> str:
    return f"/products/{quote(sku, safe='')}"
