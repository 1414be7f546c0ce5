"""Carts that a foreign service keeps: read when an order is placed or quoted."""

import asyncio
from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from comanda.contexts.carting.contract.views import CartContents
from comanda.contexts.ordering.contract.stages import CART
from comanda.contexts.ordering.foreign.client import ForeignClient, NoAnswer
from comanda.kernel.errors import Unavailable
from comanda.kernel.goods import Pieces
from comanda.platform.http.fields import LARGEST_QUANTITY

AT_ONCE = 16
MOST_LINES = 1_000


class _Cart(msgspec.Struct):
    items: list[Pieces]
    status: str = "open"
    customer_id: str | None = None
    currency: str | None = None


_decode = msgspec.json.Decoder(_Cart).decode


class ForeignCarts:
    """Asks the foreign cart service for one cart at a time, a few at once."""

    def __init__(self, client: ForeignClient) -> None:
        self._client = client
        self._room = asyncio.Semaphore(AT_ONCE)

    async def carts(self, ids: Sequence[str]) -> dict[str, CartContents]:
        """The carts with these ids; absent ones are left out.

        Raises Unavailable when the service does not answer, or answers what is no cart.
        """
        found = await asyncio.gather(*(self._cart(cart_id) for cart_id in dict.fromkeys(ids)))
        return {cart.id: cart for cart in found if cart is not None}

    async def _cart(self, cart_id: str) -> CartContents | None:
        if cart_id in (".", ".."):
            return None
        async with self._room:
            try:
                reply = await self._client.ask(CART, "GET", f"/carts/{quote(cart_id, safe='')}")
            except NoAnswer as error:
                raise Unavailable("The cart service does not answer.") from error
        if reply.status == 404:
            return None
        try:
            cart = _decode(reply.body) if reply.status == 200 else None
        except msgspec.MsgspecError:
            cart = None
        if cart is None or not _is_sound(cart):
            raise Unavailable("The cart service answered what is no cart.")
        return CartContents(
            id=cart_id,
            status=cart.status,
            customer_id=cart.customer_id,
            currency=cart.currency,
            version=1,
            items=cart.items,
        )


def _is_sound(cart: _Cart) -> bool:
    """Whether the lines are such as Comanda's own carts may have: each sku once, positive quantities."""
    skus = {piece.sku for piece in cart.items}
    return (
        len(skus) == len(cart.items) <= MOST_LINES
        and all(0 < piece.quantity <= LARGEST_QUANTITY for piece in cart.items)
        and all(0 < len(piece.sku) <= 64 and piece.sku.isprintable() for piece in cart.items)
    )
