"""Adding, changing and removing categories."""

from typing import Any

import msgspec

from comanda.contexts.cataloging import category_store, store
from comanda.contexts.cataloging.category import Category, Tree
from comanda.contexts.cataloging.errors import (
    CategoryExists,
    CategoryInUse,
    ChangedMeanwhile,
    TooManyCategories,
    UnknownCategory,
)
from comanda.messaging.unit_of_work import UnitOfWork

MOST_CATEGORIES = 5_000


async def create_category(category: Category, work: UnitOfWork) -> Tree:
    """Add a category; answers the tree with it. Raises CategoryExists, and what is wrong with its place."""
    tree = await _open(work)
    if category.slug in tree.categories:
        raise CategoryExists(category.slug)
    if len(tree.categories) >= MOST_CATEGORIES:
        raise TooManyCategories(MOST_CATEGORIES)
    tree.check_place(category.slug, category.parent)
    await category_store.insert(work.connection, category)
    return Tree([*tree.categories.values(), category])


async def change_category(
    slug: str, changes: dict[str, Any], versions: frozenset[int] | None, work: UnitOfWork
) -> Tree:
    """Rename, move or reorder a category; answers the tree afterwards. `versions`: those the caller has seen.

    Raises UnknownCategory, ChangedMeanwhile, CategoryCycle, CategoryTooDeep, NoSuchCategory.
    """
    tree = await _open(work)
    before = _find(tree, slug, versions)
    after = msgspec.structs.replace(before, **changes)
    if after == before:
        return tree
    tree.check_place(slug, after.parent)
    after = msgspec.structs.replace(after, version=before.version + 1)
    await category_store.update(work.connection, after)
    return Tree([*(category for category in tree.categories.values() if category.slug != slug), after])


async def delete_category(slug: str, versions: frozenset[int] | None, work: UnitOfWork) -> None:
    """Remove an empty category. Raises UnknownCategory, ChangedMeanwhile, CategoryInUse."""
    tree = await _open(work)
    category = _find(tree, slug, versions)
    children = len(tree.children(slug))
    if category.products or children:
        raise CategoryInUse(slug, category.products, children)
    await category_store.delete(work.connection, slug)


async def _open(work: UnitOfWork) -> Tree:
    await store.open_for_writing(work.connection)
    return await category_store.tree(work.connection)


def _find(tree: Tree, slug: str, versions: frozenset[int] | None) -> Category:
    category = tree.categories.get(slug)
    if category is None:
        raise UnknownCategory(slug)
    if versions is not None and category.version not in versions:
        raise ChangedMeanwhile(category.version)
    return category
