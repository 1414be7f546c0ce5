"""Many products at once: what is new is created, what differs is changed, what makes no sense is named and left out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from comanda.contexts.cataloging import store
from comanda.contexts.cataloging.bodies import ImportedProduct
from comanda.contexts.cataloging.contract.views import ImportedView, RejectedProduct
from comanda.contexts.cataloging.save_products import save_products
from comanda.messaging.unit_of_work import UnitOfWork


@dataclass
class Delivery:
    """What an import brought: the products that can be read, and the others with the reason."""

    products: dict[str, ImportedProduct] = field(default_factory=dict)
    rejected: list[RejectedProduct] = field(default_factory=list)

    def reject(self, sku: str, reason: str) -> None:
        """Leave a product out."""
        self.products.pop(sku, None)
        self.rejected.append(RejectedProduct(sku=sku, reason=reason))


def read_products(items: Sequence[dict[str, Any]]) -> Delivery:
    """Check each product by itself; of two with the same sku the second is rejected."""
    delivery = Delivery()
    for item in items:
        try:
            product = ImportedProduct.model_validate(item)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            delivery.rejected.append(RejectedProduct(sku=_named(item), reason=f"{where}: {first['msg']}"))
            continue
        if product.sku in delivery.products:
            delivery.rejected.append(RejectedProduct(sku=product.sku, reason="sku: is in this import twice"))
        else:
            delivery.products[product.sku] = product
    return delivery


async def import_products(delivery: Delivery, work: UnitOfWork) -> ImportedView:
    """Create and change products in one transaction. What is not said stays as it is."""
    await store.open_for_writing(work.connection)
    await _reject_unknown_categories(delivery, work)
    found = await store.products(work.connection, delivery.products)
    before = {sku: product for sku, (product, _) in found.items()}
    after = [product.applied_to(before.get(sku)) for sku, product in delivery.products.items()]
    await save_products(work, before, after)
    created = len(after) - len(before)
    changed = sum(product != before[product.sku] for product in after if product.sku in before)
    return ImportedView(created=created, changed=changed, unchanged=len(before) - changed, rejected=delivery.rejected)


async def _reject_unknown_categories(delivery: Delivery, work: UnitOfWork) -> None:
    wanted = {product.category for product in delivery.products.values() if product.category is not None}
    known = await store.categories_among(work.connection, wanted) if wanted else set()
    for sku, product in list(delivery.products.items()):
        if product.category is not None and product.category not in known:
            delivery.reject(sku, f"category: there is no category {product.category}")


def _named(item: dict[str, Any]) -> str:
    sku = item.get("sku")
    return sku if isinstance(sku, str) else ""
