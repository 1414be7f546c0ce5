"""Cataloging's SQL for what changes. One writer at a time: each begins with `open_for_writing`."""

from collections.abc import Collection, Sequence

from comanda.contexts.cataloging import search
from comanda.contexts.cataloging.contract.views import ProductView
from comanda.contexts.cataloging.product import Product
from comanda.kernel.money import Money
from comanda.messaging.log import Connection

_OPEN = "update catalogue set version = version + 1"

_VERSION = "select version from catalogue"

_PRODUCTS = """
    select sku, name, description, amount, currency, category, tax_category, weight_g, seller_id, status, version
    from products
    where sku = any ($1::text[])
"""

_LOOKUP = """
    select catalogue.version, products.sku, name, amount, currency, tax_category, weight_g, products.seller_id,
        status = 'active' and suspended_sellers.seller_id is null as available
    from catalogue
    left join products on sku = any ($1::text[])
    left join suspended_sellers on suspended_sellers.seller_id = products.seller_id
"""

_INSERT = """
    insert into products (
        sku, name, description, amount, currency, category, tax_category, weight_g, seller_id, status, sort_name, search
    )
    select sku, name, description, amount, currency, category, tax_category, weight_g, seller_id, status, sort_name,
        search::tsvector
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::int[], $9::text[],
        $10::text[], $11::text[], $12::text[]
    ) as new (
        sku, name, description, amount, currency, category, tax_category, weight_g, seller_id, status, sort_name, search
    )
"""

_UPDATE = """
    update products
    set name = new.name, description = new.description, amount = new.amount, currency = new.currency,
        category = new.category, tax_category = new.tax_category, weight_g = new.weight_g,
        seller_id = new.seller_id, status = new.status, sort_name = new.sort_name, search = new.search::tsvector,
        version = version + 1, updated_at = now()
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::int[], $9::text[],
        $10::text[], $11::text[], $12::text[]
    ) as new (
        sku, name, description, amount, currency, category, tax_category, weight_g, seller_id, status, sort_name, search
    )
    where products.sku = new.sku
"""

_CATEGORIES_AMONG = "select slug from categories where slug = any ($1::text[])"

_SUSPENDED_AMONG = "select seller_id from suspended_sellers where seller_id = any ($1::text[])"


async def open_for_writing(connection: Connection) -> None:
    """Wait for the other writers, and make known that what was read before may be old."""
    await connection.execute(_OPEN)


async def version(connection: Connection) -> int:
    """The catalogue's version: the same as before means that nothing was written since."""
    return int(await connection.fetchval(_VERSION))


async def products(connection: Connection, skus: Collection[str]) -> dict[str, tuple[Product, int]]:
    """Products and their versions, by sku."""
    found: dict[str, tuple[Product, int]] = {}
    for row in await connection.fetch(_PRODUCTS, list(skus)):
        values = dict(row)
        price = Money(values.pop("amount"), values.pop("currency"))
        number = values.pop("version")
        found[row["sku"]] = Product(price=price, **values), number
    return found


async def lookup(connection: Connection, skus: Collection[str]) -> tuple[int, dict[str, ProductView]]:
    """What orders and carts have to know of products, and the version of the catalogue that it belongs to."""
    rows = await connection.fetch(_LOOKUP, list(skus))
    found: dict[str, ProductView] = {}
    for _, sku, name, amount, currency, tax_category, weight_g, seller_id, available in rows:
        if sku is not None:
            price = Money(amount, currency)
            found[sku] = ProductView(sku, name, price, tax_category, weight_g, seller_id, available)
    return rows[0]["version"], found


async def insert(connection: Connection, new: Sequence[Product]) -> None:
    """Write products that are not there yet."""
    await connection.execute(_INSERT, *_columns(new))


async def update(connection: Connection, changed: Sequence[Product]) -> None:
    """Write products as they are now."""
    await connection.execute(_UPDATE, *_columns(changed))


async def categories_among(connection: Connection, slugs: Collection[str]) -> set[str]:
    """The categories that exist of those named."""
    return {row["slug"] for row in await connection.fetch(_CATEGORIES_AMONG, list(slugs))}


async def suspended_among(connection: Connection, sellers: Collection[str]) -> set[str]:
    """The sellers that are suspended of those named."""
    return {row["seller_id"] for row in await connection.fetch(_SUSPENDED_AMONG, list(sellers))}


def _columns(products: Sequence[Product]) -> list[list[object]]:
    rows = [
        (
            product.sku,
            product.name,
            product.description,
            product.price.amount,
            product.price.currency,
            product.category,
            product.tax_category,
            product.weight_g,
            product.seller_id,
            product.status,
            search.folded(product.name),
            _document(product),
        )
        for product in products
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def _document(product: Product) -> str:
    return search.document([(product.name, "A"), (product.sku, "A"), (product.description, "D")])
