"""What was ordered, as ordering answers it: for refunds by lines, and to tell managed orders from recorded ones."""

from collections.abc import Mapping, Sequence

import msgspec

from comanda.contexts.paying.errors import UnknownOrder, WrongPieces
from comanda.kernel.errors import NotFound
from comanda.kernel.goods import Pieces
from comanda.kernel.money import Money, divide_half_up
from comanda.platform.outbound import Outbound


class OrderedLine(msgspec.Struct, frozen=True):
    """Pieces of one product and what they cost together."""

    sku: str
    quantity: int
    gross: Money


class Ordered(msgspec.Struct, frozen=True):
    """An order's kind (managed or recorded), customer and lines."""

    id: str
    kind: str
    customer_id: str | None
    lines: list[OrderedLine]


async def read_ordered(ordering: Outbound, order_id: str) -> Ordered:
    """Ask ordering. Raises UnknownOrder, and Unavailable when it cannot be reached. Never inside a transaction."""
    try:
        answer = (await ordering.call("GET", f"/orders/{order_id}")).checked()
    except NotFound as error:
        raise UnknownOrder(order_id) from error
    return msgspec.json.decode(answer.body, type=Ordered)


def value_of(ordered: Ordered, pieces: Sequence[Pieces], already: Mapping[str, int]) -> int:
    """What the pieces cost, `already` refunded ones aside, so that all pieces together cost what the line does.

    Raises WrongPieces for what was not ordered, or more than is left.
    """
    lines = {line.sku: line for line in ordered.lines}
    value = 0
    for sku, quantity in _summed(pieces).items():
        line, before = lines.get(sku), already.get(sku, 0)
        left = line.quantity - before if line is not None else 0
        if line is None or quantity > left:
            raise WrongPieces(sku, max(0, left))
        gross = line.gross.amount
        value += divide_half_up(gross * (before + quantity), line.quantity)
        value -= divide_half_up(gross * before, line.quantity)
    return value


def _summed(pieces: Sequence[Pieces]) -> dict[str, int]:
    demand: dict[str, int] = {}
    for piece in pieces:
        demand[piece.sku] = demand.get(piece.sku, 0) + piece.quantity
    return demand
