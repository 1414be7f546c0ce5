"""What can go wrong with a cart."""

from comanda.kernel.errors import Conflict, Invalid, NotFound, PreconditionFailed


class CartNotFound(NotFound):
    """There is no such cart, or it is somebody else's."""

    code = "cart-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such cart.")


class CartClosed(Conflict):
    """An order was made from the cart, or it was merged, or it has expired."""

    code = "cart-closed"

    def __init__(self, status: str) -> None:
        super().__init__(f"The cart is not open any more: it is {status}.", status_of_cart=status)


class CartChanged(PreconditionFailed):
    """The cart is not the version that If-Match names."""

    code = "cart-changed"

    def __init__(self, version: int) -> None:
        super().__init__(f"The cart has changed: it is version {version} by now.", version=version)


class UnknownProduct(Invalid):
    """Nothing with this sku is sold."""

    code = "unknown-product"

    def __init__(self, sku: str) -> None:
        super().__init__(f"There is no product {sku}.", sku=sku)


class ProductUnavailable(Conflict):
    """The product is retired, or its seller suspended."""

    code = "product-unavailable"

    def __init__(self, sku: str) -> None:
        super().__init__(f"The product {sku} cannot be bought now.", sku=sku)


class OtherCurrency(Invalid):
    """A cart has one currency: that of its first line."""

    code = "currency-mismatch"

    def __init__(self, wanted: str, present: str) -> None:
        super().__init__(f"The cart is in {present}; a product sold in {wanted} does not fit in.")


class TooManyLines(Invalid):
    """The cart would have more lines than allowed."""

    code = "too-many-lines"

    def __init__(self, most: int) -> None:
        super().__init__(f"A cart has at most {most} lines.", limit=most)


class TooManyPieces(Invalid):
    """A line would have more pieces than allowed."""

    code = "too-many-pieces"

    def __init__(self, sku: str, largest: int) -> None:
        super().__init__(f"A cart holds at most {largest} pieces of {sku}.", sku=sku, limit=largest)


class NoSuchLine(NotFound):
    """The product is not in the cart."""

    code = "line-not-found"

    def __init__(self, sku: str) -> None:
        super().__init__(f"The cart has no line with {sku}.", sku=sku)


class NotToBeMerged(Conflict):
    """The two carts do not go together; neither is changed."""

    code = "carts-do-not-merge"


class CustomerGone(Conflict):
    """The customer asked to be forgotten: nothing is opened for them again."""

    code = "customer-erased"

    def __init__(self) -> None:
        super().__init__("This customer has been erased.")
