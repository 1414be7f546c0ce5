"""Returns: how many pieces of an order may come back, and what they are worth. Pure.

Approved pieces never exceed ordered ones.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from comanda.contexts.ordering.contract.events import OrderLine
from comanda.kernel.errors import Conflict, Invalid
from comanda.kernel.goods import Pieces


class NotDelivered(Conflict):
    """Only what has arrived can be given back."""

    code = "order-not-delivered"


class TooManyPieces(Conflict):
    """More pieces than were ordered and have not been given back yet."""

    code = "too-many-pieces"


class ReturnDecided(Conflict):
    """Staff have decided about this return."""

    code = "return-decided"


def summed(lines: Iterable[Pieces]) -> tuple[Pieces, ...]:
    """The pieces of each product together, in the order of their first line."""
    pieces: Counter[str] = Counter()
    for line in lines:
        pieces[line.sku] += line.quantity
    return tuple(Pieces(sku=sku, quantity=quantity) for sku, quantity in pieces.items())


def check_pieces(ordered: Sequence[OrderLine], taken: Iterable[Pieces], wanted: Sequence[Pieces]) -> None:
    """Raises Invalid for a product that was not ordered, TooManyPieces when not so many are left to be given back."""
    left: Counter[str] = Counter()
    for line in ordered:
        left[line.sku] += line.quantity
    unknown = [pieces.sku for pieces in wanted if pieces.sku not in left]
    if unknown:
        raise Invalid("A product is not part of the order.", skus=unknown)
    for pieces in taken:
        left[pieces.sku] -= pieces.quantity
    missing = [pieces.sku for pieces in wanted if pieces.quantity > left[pieces.sku]]
    if missing:
        raise TooManyPieces("Not so many pieces are left to be given back.", skus=missing)


def value_of(ordered: Sequence[OrderLine], wanted: Iterable[Pieces]) -> int:
    """What the pieces cost, VAT included, in minor units; of one product in several lines the first lines count."""
    value = 0
    for pieces in wanted:
        quantity = pieces.quantity
        for line in ordered:
            if line.sku == pieces.sku:
                counted = min(quantity, line.quantity)
                value += counted * line.unit_price
                quantity -= counted
    return value
