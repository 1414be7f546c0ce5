"""The table of VAT rates."""

import pytest

from comanda.contexts.billing.rates import CATEGORIES, InvalidOverride, parse_override, tax_rates, version


def test_every_member_state_has_every_category() -> None:
    rates = tax_rates()
    assert len(rates) == 27
    for country, of_country in rates.items():
        assert set(of_country) == set(CATEGORIES), country
        assert 0 == of_country["zero"] <= of_country["super_reduced"] <= of_country["reduced"], country
        assert of_country["reduced"] <= of_country["intermediate"] <= of_country["standard"], country
        assert 1_700 <= of_country["standard"] <= 2_700, country
    assert version() > "2026"


def test_rates_of_islands_are_not_taken_for_the_country() -> None:
    assert tax_rates()["FR"] == {
        "standard": 2_000,
        "reduced": 550,
        "intermediate": 1_000,
        "super_reduced": 210,
        "zero": 0,
    }
    assert tax_rates()["PT"]["intermediate"] == 1_300


def test_staff_set_rates_over_the_published_ones() -> None:
    rates = tax_rates(("DE.standard=1600", "CH.standard=810", "CH.reduced=260"))
    assert rates["DE"]["standard"] == 1_600
    assert rates["DE"]["reduced"] == 700
    assert rates["CH"] == {"standard": 810, "reduced": 260}
    assert tax_rates()["DE"]["standard"] == 1_900, "the published table itself stays as it is"


@pytest.mark.parametrize("entry", ["DE", "DE.standard", "de.standard=1", "DE.standard=10001", "DE.standard=-1", ""])
def test_an_override_that_cannot_be_read_is_refused(entry: str) -> None:
    with pytest.raises(InvalidOverride):
        parse_override(entry)
