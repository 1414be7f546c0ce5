"""Decimals and minor units: exact both ways, for every currency."""

from decimal import Decimal

import pytest
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis.strategies import decimals, integers, sampled_from

from comanda.contexts.ordering.dialects.commandes.amounts import as_decimal, in_minor_units
from comanda.kernel.errors import Invalid
from comanda.kernel.money import Money
from comanda.platform.http.fields import LARGEST_AMOUNT

CURRENCIES = ("EUR", "JPY", "KWD", "CLF")


@given(integers(-LARGEST_AMOUNT, LARGEST_AMOUNT), sampled_from(CURRENCIES))
def test_every_amount_comes_back_as_it_was(minor: int, currency: str) -> None:
    amount = as_decimal(Money(minor, currency))
    assert in_minor_units(amount, currency) == minor
    exponent = amount.as_tuple().exponent
    assert exponent == -get_currency_precision(currency)


@given(decimals(-(10**20), 10**20, allow_nan=False), sampled_from(CURRENCIES))
def test_a_decimal_is_taken_exactly_or_refused(amount: Decimal, currency: str) -> None:
    try:
        minor = in_minor_units(amount, currency)
    except Invalid:
        return
    assert as_decimal(Money(minor, currency)) == amount


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("150.50", 15_050),
        ("150.5", 15_050),
        ("150.500000000000000000000000000000000", 15_050),
        ("0", 0),
        ("0E-30", 0),
        ("-0.00", 0),
        ("1E+3", 100_000),
        ("90071992547409.91", LARGEST_AMOUNT),
    ],
)
def test_places_count_by_their_value(text: str, minor: int) -> None:
    assert in_minor_units(Decimal(text), "EUR") == minor


@pytest.mark.parametrize(
    "text",
    ["0.001", "150.505", "1." + "0" * 60 + "1", "90071992547409.92", "1E+999999", "NaN", "Infinity", "1E-999999"],
)
def test_what_the_currency_cannot_say_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        in_minor_units(Decimal(text), "EUR")
