"""What can go wrong with stock."""

from comanda.contexts.stocking.contract.events import Missing
from comanda.kernel.errors import Conflict, Invalid, NotFound


class UnknownProduct(NotFound):
    """Neither on the shelf nor in the catalogue."""

    code = "unknown-product"

    def __init__(self, *skus: str) -> None:
        super().__init__(f"There is no product {', '.join(skus[:20])}.", skus=list(skus[:20]))


class UnknownReservation(NotFound):
    """There is no such reservation."""

    code = "unknown-reservation"

    def __init__(self, id: str) -> None:
        super().__init__(f"There is no reservation {id}.")


class BelowReserved(Conflict):
    """Fewer pieces would be left than are promised."""

    code = "below-reserved"

    def __init__(self, sku: str, on_hand: int, reserved: int, delta: int) -> None:
        super().__init__(
            f"{sku} has {on_hand} on hand, {reserved} of them reserved: {delta:+} would leave too few.",
            sku=sku,
            on_hand=on_hand,
            reserved=reserved,
        )


class TooMuch(Invalid):
    """More pieces than a shelf counts."""

    code = "too-much-stock"

    def __init__(self, sku: str, most: int) -> None:
        super().__init__(f"{sku} would have more than {most} pieces on hand.", sku=sku)


class NotEnough(Conflict):
    """Not every piece that was to be set aside is there, so none is."""

    code = "insufficient-stock"

    def __init__(self, missing: list[Missing]) -> None:
        super().__init__(
            "There is not enough stock.",
            missing=[{"sku": m.sku, "wanted": m.wanted, "available": m.available} for m in missing],
        )


class ManagedReservation(Conflict):
    """It belongs to an order, and only the order's end ends it."""

    code = "managed-reservation"

    def __init__(self, id: str) -> None:
        super().__init__(f"The reservation {id} belongs to an order: cancel the order.")


class NothingReserved(Exception):
    """An order was confirmed for which nothing is set aside: the event is parked for a person to look at."""
