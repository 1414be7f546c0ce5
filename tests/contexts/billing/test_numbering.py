"""Numbers of invoices, and the years they are counted in."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comanda.contexts.billing.numbering import PaperNumber, fiscal_year, parse_number
from comanda.contexts.billing.settings import SETTINGS
from comanda.kernel.ids import new_id


@given(st.from_regex(r"[A-Za-z0-9._]{1,20}", fullmatch=True), st.integers(1_000, 9_999), st.integers(1, 10**15))
def test_a_printed_number_is_read_back(series: str, year: int, serial: int) -> None:
    number = PaperNumber(series, year, serial)
    assert parse_number(str(number)) == number


@pytest.mark.parametrize("text", ["", "INV", "INV-2026-42", "INV-2026-0000042", "INV-26-000042", "A/B-2026-000042"])
def test_what_is_not_written_like_a_number_is_none(text: str) -> None:
    assert parse_number(text) is None


@given(st.integers(0, 2**62 - 1))
def test_no_id_is_written_like_a_number(_: int) -> None:
    assert parse_number(new_id()) is None
    assert parse_number("01900000-3609-7216-8123-123456789012") is None


def test_the_shops_clock_ends_the_year() -> None:
    midnight_in_paris = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    assert fiscal_year(midnight_in_paris, "Europe/Paris", 1) == 2027
    assert fiscal_year(midnight_in_paris, "UTC", 1) == 2026
    assert fiscal_year(midnight_in_paris, "America/Sao_Paulo", 1) == 2026


def test_a_fiscal_year_is_named_after_the_year_it_begins_in() -> None:
    assert fiscal_year(datetime(2027, 3, 31, tzinfo=UTC), "UTC", 4) == 2026
    assert fiscal_year(datetime(2027, 4, 1, tzinfo=UTC), "UTC", 4) == 2027


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("shop.timezone", '"Europe/Nowhere"'),
        ("shop.timezone", '"../../etc/passwd"'),
        ("shop.country", '"Germany"'),
        ("billing.invoice_series", '"A-B"'),
        ("billing.fiscal_year_month", "13"),
        ("billing.tax_rates", '["DE=19"]'),
    ],
)
def test_a_setting_that_would_stop_billing_is_refused(name: str, value: str) -> None:
    (setting,) = (setting for setting in SETTINGS if setting.name == name)
    with pytest.raises(ValueError):
        setting.parse(value)
