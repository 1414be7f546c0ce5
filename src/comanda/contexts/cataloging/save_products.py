"""Writing products: every way of changing them ends here, with its events in the same transaction."""

from collections.abc import Iterable, Mapping

from comanda.contexts.cataloging import store
from comanda.contexts.cataloging.product import Product, news
from comanda.messaging.unit_of_work import UnitOfWork


async def save_products(work: UnitOfWork, before: Mapping[str, Product], after: Iterable[Product]) -> None:
    """Write the products that are new or differ from `before`, and tell the others.

    The transaction has been opened for writing, and `before` was read in it.
    """
    new = [product for product in after if product.sku not in before]
    changed = [product for product in after if product.sku in before and product != before[product.sku]]
    if new:
        await store.insert(work.connection, new)
    if changed:
        await store.update(work.connection, changed)
    sellers = {product.seller_id for product in (*new, *changed) if product.seller_id is not None}
    suspended = await store.suspended_among(work.connection, sellers) if sellers else set()
    for product in (*new, *changed):
        work.publish(*news(before.get(product.sku), product, seller_suspended=product.seller_id in suspended))
