"""How VAT is taken out of prices that include it. Pure, and fast enough for every order that is placed.

Within the EU an order is taxed at the rate of the country it goes to. Elsewhere it is an export at 0, the price
unchanged. A company with a VAT number in another EU country than the shop's owes the VAT itself (reverse charge):
0 as well, and the price stays what was charged.
"""

import re
from collections.abc import Mapping, Sequence

import msgspec

from comanda.kernel.money import allocate, tax_contained

TaxRates = Mapping[str, Mapping[str, int]]
"""Country (ISO 3166 alpha-2) → tax category → rate in basis points. A country that is not in it is an export."""

STANDARD = "standard"

_VAT_ID = re.compile(r"^[A-Z]{2}[0-9A-Z+*]{2,13}$")
_VAT_PREFIX = {"GR": "EL"}


class TaxableLine(msgspec.Struct, frozen=True, gc=False):
    """What a line costs, VAT included, and its rate in basis points (1900 is 19 %)."""

    gross: int
    rate_bp: int


class TaxedOrder(msgspec.Struct, frozen=True):
    """An order with its VAT taken out.

    `lines`: net and tax of each line, in order. `by_rate`: rate, net and tax of each rate, shipping included, lowest
    rate first. Over every line, over the shipping and over every rate net + tax is what was charged.
    """

    lines: list[tuple[int, int]]
    shipping_tax: int
    tax: int
    by_rate: list[tuple[int, int, int]]


def tax_of(lines: Sequence[TaxableLine], shipping: int) -> TaxedOrder:
    """Take the VAT out of prices that include it; all amounts are minor units, none negative.

    VAT is rounded half up once for each rate over the whole order (EN 16931, BR-CO-17) and spread over the lines by
    largest remainder. Shipping takes the goods' rates by value.
    """
    rates = {line.rate_bp for line in lines}
    if len(rates) == 1:
        rate = rates.pop()
        weights = [line.gross for line in lines]
        weights.append(shipping)
        total = sum(weights)
        tax = tax_contained(total, rate)
        taxes = allocate(tax, weights)
        nets = [(line.gross - part, part) for line, part in zip(lines, taxes, strict=False)]
        return TaxedOrder(nets, taxes[-1], tax, [(rate, total - tax, tax)])
    return _tax_of_many_rates(lines, shipping, sorted(rates))


def _tax_of_many_rates(lines: Sequence[TaxableLine], shipping: int, rates: list[int]) -> TaxedOrder:
    if not lines:
        return TaxedOrder([], 0, 0, [(0, shipping, 0)] if shipping else [])
    goods = [sum(line.gross for line in lines if line.rate_bp == rate) for rate in rates]
    nets: list[tuple[int, int]] = [(0, 0)] * len(lines)
    by_rate = []
    shipping_tax = 0
    for rate, value, share in zip(rates, goods, allocate(shipping, goods), strict=True):
        tax = tax_contained(value + share, rate)
        positions = [position for position, line in enumerate(lines) if line.rate_bp == rate]
        *taxes, of_share = allocate(tax, [*(lines[position].gross for position in positions), share])
        for position, part in zip(positions, taxes, strict=True):
            nets[position] = (lines[position].gross - part, part)
        shipping_tax += of_share
        by_rate.append((rate, value + share - tax, tax))
    return TaxedOrder(nets, shipping_tax, sum(tax for _, _, tax in by_rate), by_rate)


def rate_of(rates: TaxRates, country: str, category: str) -> int:
    """The rate in basis points: the country's for the category, else its standard rate; 0 outside the EU."""
    of_country = rates.get(country)
    if of_country is None:
        return 0
    return of_country.get(category, of_country[STANDARD])


def is_reverse_charge(rates: TaxRates, seller_country: str, country: str, company: str, vat_id: str) -> bool:
    """Whether the buyer owes the VAT: a company with a VAT number, in another EU country than the shop's.

    The number must name the country the goods go to (Greece writes EL) and look like one; whether it is
    registered (VIES) is not asked.
    """
    if not company or not vat_id or country == seller_country or country not in rates or seller_country not in rates:
        return False
    number = re.sub(r"[\s.\-]", "", vat_id).upper()
    return _VAT_ID.match(number) is not None and number[:2] == _VAT_PREFIX.get(country, country)
