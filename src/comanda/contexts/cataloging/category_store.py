"""The SQL of categories."""

from comanda.contexts.cataloging.category import Category, Tree
from comanda.messaging.log import Connection

_TREE = """
    select slug, categories.name, parent, position, categories.version, count(products.sku) as products
    from categories
    left join products on products.category = categories.slug
    group by slug
"""

_INSERT = """
    insert into categories (slug, name, parent, position)
    values ($1, $2, $3, $4)
"""

_UPDATE = """
    update categories
    set name = $2, parent = $3, position = $4, version = $5, updated_at = now()
    where slug = $1
"""

_DELETE = "delete from categories where slug = $1"


async def tree(connection: Connection) -> Tree:
    """All categories, with how many products are directly in each."""
    return Tree(Category(**row) for row in await connection.fetch(_TREE))


async def insert(connection: Connection, category: Category) -> None:
    """Write a new category."""
    await connection.execute(_INSERT, category.slug, category.name, category.parent, category.position)


async def update(connection: Connection, category: Category) -> None:
    """Write a category as it is now."""
    await connection.execute(
        _UPDATE, category.slug, category.name, category.parent, category.position, category.version
    )


async def delete(connection: Connection, slug: str) -> None:
    """Remove a category."""
    await connection.execute(_DELETE, slug)
