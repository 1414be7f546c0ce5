"""Live prices, shipping and VAT for baskets: asked of the other services once for many baskets."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from comanda.contexts.billing.contract.client import BillingClient
from comanda.contexts.billing.contract.vat import TaxableLine, is_reverse_charge, tax_of
from comanda.contexts.carting.contract.client import CartingClient
from comanda.contexts.carting.contract.views import CartContents
from comanda.contexts.cataloging.contract.client import CatalogingClient
from comanda.contexts.cataloging.contract.views import ProductView
from comanda.contexts.ordering.contract.events import OrderLine
from comanda.contexts.ordering.placement import (
    CartUnavailable,
    NoSuchShippingMethod,
    ProductUnavailable,
    Totals,
)
from comanda.contexts.ordering.vip import ships_free
from comanda.contexts.shipping.contract.client import ShippingClient
from comanda.contexts.shipping.contract.views import RateView
from comanda.kernel.errors import Invalid
from comanda.kernel.goods import Pieces
from comanda.kernel.money import Money
from comanda.platform.outbound import Outbound

SELLER_COUNTRY = "shop.country"

FRESH_S = 5.0
"""How long shipping rates and VAT rates are used before they are asked for again. Prices are always live."""


@dataclass(frozen=True, slots=True)
class Basket:
    """What is to be priced: pieces, where they go, and how (None: the cheapest way).

    `company` and `vat_id` are the buyer's: a company in another EU country may owe the VAT itself. `vip`: the buyer
    may have shipping for nothing.
    """

    pieces: tuple[Pieces, ...]
    country: str
    postal_code: str
    shipping_method: str | None = None
    company: str = ""
    vat_id: str = ""
    vip: bool = False


class Carts(Protocol):
    """Whoever keeps the carts: carting, or a foreign service."""

    async def carts(self, ids: Sequence[str]) -> dict[str, CartContents]:
        """The carts with these ids; absent ones are left out. Raises Unavailable."""


class Pricing:
    """Prices baskets with one call to each service, however many they are. `carts`: another source than carting."""

    def __init__(
        self, outbound: Callable[[str], Outbound], settings: Mapping[str, Any], carts: Carts | None = None
    ) -> None:
        self._settings = settings
        self._carts = carts or CartingClient(outbound("carting"))
        self._cataloging = CatalogingClient(outbound("cataloging"))
        self._billing = BillingClient(outbound("billing"))
        self._shipping = ShippingClient(outbound("shipping"))
        self._tax_rates: dict[str, dict[str, int]] = {}
        self._tax_rates_until = 0.0
        self._rates: dict[tuple[str, str, int, Money], tuple[float, list[RateView]]] = {}

    async def carts(self, cart_ids: Sequence[str]) -> dict[str, CartContents]:
        """The contents of carts, by id; unknown ones are left out."""
        return await self._carts.carts(cart_ids) if cart_ids else {}

    async def products(self, baskets: Iterable[Basket]) -> dict[str, ProductView]:
        """Every product named in the baskets, at its present price."""
        skus = {piece.sku for basket in baskets for piece in basket.pieces}
        return await self._cataloging.lookup(sorted(skus)) if skus else {}

    async def totals(self, basket: Basket, products: dict[str, ProductView]) -> Totals:
        """What a basket costs. Raises ProductUnavailable, NoSuchShippingMethod, Invalid."""
        currency = _currency(basket, products)
        await self._refresh_tax_rates()
        rates = self._rates_for(basket)
        weight_g = sum(products[piece.sku].weight_g * piece.quantity for piece in basket.pieces)
        subtotal = sum(products[piece.sku].price.amount * piece.quantity for piece in basket.pieces)
        way = await self._way(basket, weight_g, Money(subtotal, currency))
        if basket.vip:
            (way,) = self.for_vip([way], Money(subtotal, currency))
        return _totals(basket, products, rates, currency, subtotal, way)

    def _rates_for(self, basket: Basket) -> dict[str, int]:
        """The rates of the destination; none where the buyer owes the VAT, the price unchanged."""
        if basket.vat_id and is_reverse_charge(
            self._tax_rates, self._settings[SELLER_COUNTRY], basket.country, basket.company, basket.vat_id
        ):
            return {}
        return self._tax_rates.get(basket.country, {})

    async def _refresh_tax_rates(self) -> None:
        if time.monotonic() > self._tax_rates_until:
            self._tax_rates = await self._billing.tax_rates()
            self._tax_rates_until = time.monotonic() + FRESH_S

    async def _way(self, basket: Basket, weight_g: int, value: Money) -> RateView:
        offers = await self.ways(basket.country, basket.postal_code, weight_g, value)
        if basket.shipping_method is not None:
            offers = [offer for offer in offers if offer.id == basket.shipping_method]
        if not offers:
            raise NoSuchShippingMethod("There is no such shipping method for this address.")
        return min(offers, key=lambda offer: (offer.price.amount, offer.id))

    def for_vip(self, offers: Sequence[RateView], goods: Money) -> Sequence[RateView]:
        """The ways to send goods of this value to a VIP: for nothing, or as for everybody."""
        if not ships_free(self._settings, goods):
            return offers
        return [offer.model_copy(update={"price": Money(0, offer.price.currency)}) for offer in offers]

    async def ways(self, country: str, postal_code: str, weight_g: int, value: Money) -> list[RateView]:
        """The ways to send a parcel, with their prices."""
        known = self._rates.get((country, postal_code, weight_g, value))
        if known is not None and known[0] > time.monotonic():
            return known[1]
        offers = await self._shipping.rates(country, postal_code, weight_g, value)
        if len(self._rates) > 10_000:
            self._rates.clear()
        self._rates[country, postal_code, weight_g, value] = (time.monotonic() + FRESH_S, offers)
        return offers


def _currency(basket: Basket, products: dict[str, ProductView]) -> str:
    if not basket.pieces:
        raise CartUnavailable("There is nothing to order.")
    missing = [p.sku for p in basket.pieces if p.sku not in products or not products[p.sku].available]
    if missing:
        raise ProductUnavailable("A product cannot be bought now.", skus=missing)
    currencies = {products[piece.sku].price.currency for piece in basket.pieces}
    if len(currencies) > 1:
        raise Invalid("An order has one currency.", currencies=sorted(currencies))
    return currencies.pop()


def _totals(
    basket: Basket,
    products: dict[str, ProductView],
    rates: dict[str, int],
    currency: str,
    subtotal: int,
    way: RateView,
) -> Totals:
    taxable = [
        TaxableLine(
            products[piece.sku].price.amount * piece.quantity,
            rates.get(products[piece.sku].tax_category, rates.get("standard", 0)),
        )
        for piece in basket.pieces
    ]
    taxed = tax_of(taxable, way.price.amount)
    lines = []
    for piece, line, (net, tax) in zip(basket.pieces, taxable, taxed.lines, strict=True):
        product = products[piece.sku]
        lines.append(
            OrderLine(
                sku=piece.sku,
                name=product.name,
                quantity=piece.quantity,
                unit_price=product.price.amount,
                net=net,
                tax=tax,
                gross=line.gross,
                rate_bp=line.rate_bp,
                weight_g=product.weight_g,
            )
        )
    return Totals(currency, lines, subtotal, way.price.amount, taxed.tax, way.id)
