"""Amounts as decimals of one currency, `150.50`, and the minor units that everybody else counts in. Exact both ways."""

from decimal import Decimal

from babel.numbers import get_currency_precision

from comanda.kernel.errors import Invalid
from comanda.kernel.money import Money
from comanda.platform.http.fields import LARGEST_AMOUNT

MOST_DIGITS = len(str(LARGEST_AMOUNT))


def in_minor_units(amount: Decimal, currency: str) -> int:
    """`150.50` euros → 15050 cents. Raises Invalid for more places than the currency has, and for what is too large."""
    places = get_currency_precision(currency)
    sign, digits, exponent = amount.as_tuple()
    if not isinstance(exponent, int):
        raise Invalid("The amount is no number.", field="total_amount")
    significant = "".join(map(str, digits)).rstrip("0") or "0"
    shift = places + exponent + len(digits) - len(significant) if amount else 0
    if shift < 0:
        raise Invalid(f"An amount in {currency} has {places} decimal places at most.", field="total_amount")
    minor = 0 if len(significant) + shift > MOST_DIGITS else int(significant + "0" * shift)
    if minor > LARGEST_AMOUNT or (amount and not minor):
        raise Invalid("The amount is too large.", field="total_amount")
    return -minor if sign else minor


def as_decimal(money: Money) -> Decimal:
    """15050 cents → `150.50`, with the places of the currency, zeros included."""
    return Decimal(money.amount).scaleb(-get_currency_precision(money.currency))
