"""Adding, replacing, changing and retiring one product."""

from typing import Any

from comanda.contexts.cataloging import store
from comanda.contexts.cataloging.errors import ChangedMeanwhile, NoSuchCategory, ProductExists, UnknownProduct
from comanda.contexts.cataloging.product import RETIRED, Product
from comanda.contexts.cataloging.save_products import save_products
from comanda.messaging.unit_of_work import UnitOfWork

Versions = frozenset[int] | None
"""The versions that the caller has seen; None: whichever it is."""


async def create_product(product: Product, work: UnitOfWork) -> None:
    """Put a product into the catalogue. Raises ProductExists, NoSuchCategory."""
    await store.open_for_writing(work.connection)
    if await store.products(work.connection, [product.sku]):
        raise ProductExists(product.sku)
    await _save(None, product, work)


async def replace_product(product: Product, versions: Versions, work: UnitOfWork) -> bool:
    """Write all values of a product; True when there was none before.

    Raises ChangedMeanwhile, NoSuchCategory, StatusNotAllowed.
    """
    await store.open_for_writing(work.connection)
    known = (await store.products(work.connection, [product.sku])).get(product.sku)
    _check_version(known[1] if known else 0, versions)
    if known is None:
        await _save(None, product, work)
        return True
    before, _ = known
    values = {name: getattr(product, name) for name in product.__struct_fields__ if name != "sku"}
    await _save(before, before.with_changes(**values), work)
    return False


async def change_product(sku: str, changes: dict[str, Any], versions: Versions, work: UnitOfWork) -> None:
    """Change some values of a product. Raises UnknownProduct, ChangedMeanwhile, NoSuchCategory, StatusNotAllowed."""
    await store.open_for_writing(work.connection)
    before, version = await _find(sku, work)
    _check_version(version, versions)
    await _save(before, before.with_changes(**changes), work)


async def retire_product(sku: str, versions: Versions, work: UnitOfWork) -> None:
    """Sell a product no more; one that is retired stays so. Raises UnknownProduct, ChangedMeanwhile."""
    await change_product(sku, {"status": RETIRED}, versions, work)


async def _find(sku: str, work: UnitOfWork) -> tuple[Product, int]:
    known = (await store.products(work.connection, [sku])).get(sku)
    if known is None:
        raise UnknownProduct(sku)
    return known


def _check_version(version: int, versions: Versions) -> None:
    if versions is not None and version not in versions:
        raise ChangedMeanwhile(version)


async def _save(before: Product | None, after: Product, work: UnitOfWork) -> None:
    category = after.category
    moved = category is not None and (before is None or category != before.category)
    if category and moved and not await store.categories_among(work.connection, [category]):
        raise NoSuchCategory(category)
    await save_products(work, {} if before is None else {before.sku: before}, [after])
