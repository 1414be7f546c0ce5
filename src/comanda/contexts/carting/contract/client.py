"""What other services ask of carting."""

from collections.abc import Iterable
from urllib.parse import quote

import msgspec

from comanda.contexts.carting.contract.views import CartContents, CartView
from comanda.platform.outbound import Outbound


class _Found(msgspec.Struct):
    carts: list[CartContents]


_decode = msgspec.json.Decoder(_Found).decode


class CartingClient:
    """Carting, as seen from elsewhere."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def carts(self, ids: Iterable[str]) -> dict[str, CartContents]:
        """The carts with these ids, 1,000 at most, whatever their status; absent ones are left out.

        Raises Unavailable when carting cannot be reached.
        """
        answer = await self._outbound.call("POST", "/carts/lookup", json={"ids": list(ids)})
        return {cart.id: cart for cart in _decode(answer.checked().body).carts}

    async def open_cart(self, customer_id: str) -> CartView:
        """The open cart of a customer at live prices; without one, an empty view that has no id. Raises Unavailable."""
        answer = await self._outbound.call("GET", f"/cart/{quote(customer_id, safe='')}")
        return CartView.model_validate_json(answer.checked().body)
