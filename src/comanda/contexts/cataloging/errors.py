"""What can go wrong in the catalogue."""

from comanda.kernel.errors import Conflict, Invalid, NotFound, PreconditionFailed


class UnknownProduct(NotFound):
    """There is no such product, or it is not shown to this caller."""

    code = "unknown-product"

    def __init__(self, sku: str) -> None:
        super().__init__(f"There is no product {sku}.")


class ProductExists(Conflict):
    """The sku is taken, perhaps by a retired product."""

    code = "product-exists"

    def __init__(self, sku: str) -> None:
        super().__init__(f"There is a product {sku} already.")


class UnknownCategory(NotFound):
    """There is no such category."""

    code = "unknown-category"

    def __init__(self, slug: str) -> None:
        super().__init__(f"There is no category {slug}.")


class NoSuchCategory(Invalid):
    """A product or category is to go into a category that does not exist."""

    code = "no-such-category"

    def __init__(self, slug: str) -> None:
        super().__init__(f"There is no category {slug} to put it into.")


class CategoryExists(Conflict):
    """The slug is taken."""

    code = "category-exists"

    def __init__(self, slug: str) -> None:
        super().__init__(f"There is a category {slug} already.")


class CategoryInUse(Conflict):
    """Only an empty category can be deleted."""

    code = "category-in-use"

    def __init__(self, slug: str, products: int, children: int) -> None:
        super().__init__(
            f"The category {slug} has {products} products and {children} subcategories.",
            products=products,
            subcategories=children,
        )


class CategoryCycle(Conflict):
    """A category cannot be put below itself."""

    code = "category-cycle"

    def __init__(self, slug: str, parent: str) -> None:
        super().__init__(f"{parent} is {slug} or below it.")


class CategoryTooDeep(Invalid):
    """The tree of categories has a limit, so that nobody gets lost in it."""

    code = "category-too-deep"

    def __init__(self, deepest: int) -> None:
        super().__init__(f"Categories are nested {deepest} deep at most.")


class StatusNotAllowed(Conflict):
    """A product that has been sold does not become a draft again."""

    code = "status-not-allowed"

    def __init__(self, before: str, after: str) -> None:
        super().__init__(f"A product that is {before} cannot become {after}.")


class ChangedMeanwhile(PreconditionFailed):
    """The version that the caller saw is not the present one."""

    code = "version-mismatch"

    def __init__(self, version: int) -> None:
        super().__init__(f"It has changed meanwhile: the present version is {version}.", version=version)


class TooManyCategories(Conflict):
    """The whole tree is shown at once, so it has a limit."""

    code = "too-many-categories"

    def __init__(self, most: int) -> None:
        super().__init__(f"There are {most} categories already.")


class InvalidSku(Invalid):
    """A sku stands in URLs."""

    code = "invalid-sku"

    def __init__(self, sku: str) -> None:
        super().__init__(f"{sku!a} cannot be a sku: up to 64 printable characters without a slash.")
