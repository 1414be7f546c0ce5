"""One row is one entry, or is rejected by one rule."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from comanda.cli.imports.entries import parse_time, sold_at
from comanda.cli.imports.formats import Format, WrongMapping, parse_mapping
from comanda.platform.countries import country_code
from tests.cli.imports.invoices import imported, row, write

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({}, "line"),
        ({"invoice": " "}, "no-order"),
        ({"sku": ""}, "no-sku"),
        ({"sku": "X" * 51}, "too-long"),
        ({"invoice": "1" * 25}, "too-long"),
        ({"customer": "1" * 51}, "too-long"),
        ({"quantity": ""}, "quantity"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": "1.5"}, "quantity"),
        ({"quantity": "3.0"}, "line"),
        ({"quantity": 3_000_000_000}, "quantity"),
        ({"price": ""}, "price"),
        ({"price": "free"}, "price"),
        ({"price": "NaN"}, "price"),
        ({"price": "1e3"}, "price"),
        ({"price": "10000000.01"}, "price"),
        ({"price": "0.0"}, "no-price"),
        ({"price": "0.001"}, "no-price"),
        ({"price": "0.005"}, "line"),
        ({"price": "-3"}, "negative-price"),
        ({"time": ""}, "time"),
        ({"time": "yesterday"}, "time"),
        ({"time": "12/1/2010 8:26"}, "line"),
        ({"time": "0001-01-01 00:00:00+14:00"}, "time"),
        ({"quantity": -6}, "stock-movement"),
        ({"quantity": -6, "price": "0.0", "customer": ""}, "stock-movement"),
        ({"invoice": "C536365", "quantity": 6}, "credit-quantity"),
        ({"invoice": "C536365", "quantity": -6}, "credit-own"),
        ({"sku": "AMAZONFEE"}, "own-costs"),
        ({"sku": "BANK CHARGES"}, "own-costs"),
        ({"sku": "CRUK", "invoice": "C1", "quantity": -1}, "own-costs"),
        ({"sku": "B", "invoice": "A563186", "price": "-11062.06"}, "bad-debt"),
        ({"sku": "S", "invoice": "C1", "quantity": -1}, "samples"),
        ({"sku": "D"}, "discount"),
        ({"sku": "D", "invoice": "C1", "quantity": -1}, "credit-own"),
        ({"sku": "m"}, "line"),
        ({"sku": "gift_0001_20"}, "line"),
        ({"customer": ""}, "line"),
    ],
)
def test_each_row_ends_by_its_rule(tmp_path: Path, cells: dict[str, object], rule: str) -> None:
    done = imported(write(tmp_path, [row(**cells)]))  # type: ignore[arg-type]
    assert done.rules() == [rule]
    assert done.ledger.balanced


def test_a_column_that_is_not_mapped_is_not_needed(tmp_path: Path) -> None:
    form = Format(columns={"order": "n", "sku": "s", "quantity": "q", "price": "p", "time": "t"})
    path = write(tmp_path, [["1", "a", "2", "3.5", "2024-05-01T10:00:00Z"]], header=["n", "s", "q", "p", "t"])
    done = imported(path, form=form)
    assert (done.orders[0].lines[0].name, done.orders[0].lines[0].unit_price) == ("a", 350)


def test_negative_quantity_without_credits_in_the_format_is_rejected(tmp_path: Path) -> None:
    form = Format(columns={"order": "n", "sku": "s", "quantity": "q", "price": "p", "time": "t"})
    path = write(tmp_path, [["C1", "a", "-2", "3", "2024-05-01"]], header=["n", "s", "q", "p", "t"])
    assert imported(path, form=form).rules() == ["negative-quantity"]


def test_mapping_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    path = write(tmp_path, [row()])
    with pytest.raises(WrongMapping, match="no column Missing"):
        imported(
            path,
            form=Format(columns=parse_mapping("order=Missing,sku=Missing,quantity=Missing,price=Missing,time=Missing")),
        )
    with pytest.raises(WrongMapping, match="mapped to quantity"):
        imported(path, form=Format(columns=parse_mapping("order=InvoiceNo, sku=StockCode")))
    with pytest.raises(WrongMapping, match="no field"):
        parse_mapping("colour=Red")
    with pytest.raises(WrongMapping, match="FIELD=COLUMN"):
        parse_mapping("order")


@pytest.mark.parametrize(
    ("price", "currency", "minor"),
    [("2.55", "GBP", 255), ("0.005", "GBP", 1), ("2.545", "GBP", 255), ("120", "JPY", 120), ("1.2345", "KWD", 1235)],
)
def test_prices_are_rounded_half_up_to_the_smallest_coin(price: str, currency: str, minor: int) -> None:
    assert sold_at(Decimal(price), currency) == minor


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2010-12-01 08:26:00", datetime(2010, 12, 1, 8, 26, tzinfo=UTC)),
        ("2011-07-01 08:26:00", datetime(2011, 7, 1, 7, 26, tzinfo=UTC)),
        ("2011-10-30 01:30:00", datetime(2011, 10, 30, 0, 30, tzinfo=UTC)),  # comes twice: the first
        ("2011-03-27 01:30:00", datetime(2011, 3, 27, 1, 30, tzinfo=UTC)),  # is left out: as if in winter
        ("2011-07-01T08:26:00+02:00", datetime(2011, 7, 1, 6, 26, tzinfo=UTC)),
    ],
)
def test_london_times_become_utc(local: str, utc: datetime) -> None:
    assert parse_time(local, (), LONDON) == utc


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("United Kingdom", "GB"),
        ("EIRE", "IE"),
        ("RSA", "ZA"),
        ("USA", "US"),
        ("Czech Republic", "CZ"),
        ("Hong Kong", "HK"),
        ("United Arab Emirates", "AE"),
        ("Deutschland", "DE"),
        ("brasil", "BR"),
        ("pt", "PT"),
        ("Channel Islands", None),
        ("European Community", None),
        ("Unspecified", None),
        ("", None),
    ],
)
def test_countries_in_words_become_codes(words: str, code: str | None) -> None:
    assert country_code(words) == code
