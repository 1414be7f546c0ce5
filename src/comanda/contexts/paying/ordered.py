"""What was ordered, as ordering answers it: for refunds by lines, and to tell managed orders from recorded ones."""

from collections.abc import Mapping, Sequence

from comanda.contexts.ordering.contract.client import OrderingClient
from comanda.contexts.ordering.contract.views import OrderView
from comanda.contexts.paying.errors import UnknownOrder, WrongPieces
from comanda.kernel.errors import NotFound
from comanda.kernel.goods import Pieces
from comanda.kernel.money import divide_half_up
from comanda.platform.outbound import Outbound


async def read_ordered(ordering: Outbound, order_id: str) -> OrderView:
    """Ask ordering. Raises UnknownOrder, and Unavailable when it cannot be reached. Never inside a transaction."""
    try:
        return await OrderingClient(ordering).order(order_id)
    except NotFound as error:
        raise UnknownOrder(order_id) from error


def value_of(ordered: OrderView, pieces: Sequence[Pieces], already: Mapping[str, int]) -> int:
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
