"""The tree of categories. Pure."""

from collections.abc import Iterable, Iterator

import msgspec

from comanda.contexts.cataloging.errors import CategoryCycle, CategoryTooDeep, NoSuchCategory

DEEPEST = 8


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """A category. Siblings stand by position, then by name. `products` counts those directly in it."""

    slug: str
    name: str
    parent: str | None = None
    position: int = 0
    version: int = 1
    products: int = 0


class Tree:
    """All categories."""

    def __init__(self, categories: Iterable[Category]) -> None:
        ordered = sorted(categories, key=lambda category: (category.position, category.name, category.slug))
        self.categories = {category.slug: category for category in ordered}
        self._children: dict[str | None, list[Category]] = {}
        for category in ordered:
            self._children.setdefault(category.parent, []).append(category)

    def children(self, slug: str | None) -> list[Category]:
        """The categories directly below one, or the roots."""
        return self._children.get(slug, [])

    def in_order(self, below: str | None = None) -> Iterator[Category]:
        """Every category below one, or all, each before its children."""
        for category in self.children(below):
            yield category
            yield from self.in_order(category.slug)

    def path(self, slug: str) -> list[str]:
        """The slugs from the root to a category, itself included."""
        path = [slug]
        while (parent := self.categories[path[-1]].parent) is not None:
            path.append(parent)
        return path[::-1]

    def rolled_up(self, counts: dict[str, int]) -> dict[str, int]:
        """Counts by category, each with those of everything below it."""
        sums: dict[str, int] = {}
        for slug, count in counts.items():
            for above in self.path(slug):
                sums[above] = sums.get(above, 0) + count
        return sums

    def check_place(self, slug: str, parent: str | None) -> None:
        """Whether a category, with all below it, may stand below another.

        Raises NoSuchCategory, CategoryCycle, CategoryTooDeep.
        """
        if parent is None:
            above: list[str] = []
        elif parent not in self.categories:
            raise NoSuchCategory(parent)
        else:
            above = self.path(parent)
        if slug in above:
            raise CategoryCycle(slug, parent or "")
        if len(above) + self._height(slug) > DEEPEST:
            raise CategoryTooDeep(DEEPEST)

    def _height(self, slug: str) -> int:
        return 1 + max((self._height(child.slug) for child in self.children(slug)), default=0)
