"""PUT …/status of every dialect: the word is translated, ordering has the rules."""

from dataclasses import dataclass

from comanda.contexts.ordering.contract.client import OrderingClient
from comanda.contexts.ordering.contract.views import OrderView
from comanda.contexts.ordering.dialects.words import Words


@dataclass(frozen=True, slots=True)
class Written:
    """The order, and how to answer: 200 when it is as asked, 202 when that was asked for and shows in a moment."""

    order: OrderView
    status: int


async def write_status(ordering: OrderingClient, words: Words, order_id: str, word: str) -> Written:
    """Write a dialect's word. A recorded order takes any; a managed order's present one changes nothing.

    Of the others `canceled` cancels, `shipped` and `delivered` move the parcel. Raises UnknownWord (422), NotFound,
    Conflict for what a managed order becomes by its process only.
    """
    present = words.shades(word) if word in words.all else []
    order = await ordering.put_status(order_id, words.meaning(word), present=present)
    return Written(order, 200 if words.of(order) == word else 202)


async def cancel(ordering: OrderingClient, order_id: str, reason: str | None, key: str | None) -> Written:
    """Cancel an order. Raises NotFound; Conflict when the parcel has left or the order has failed."""
    order = await ordering.cancel(order_id, reason, key=key)
    return Written(order, 200 if order.status == "canceled" else 202)
