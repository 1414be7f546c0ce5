"""Billing's settings."""

import re
from datetime import UTC, datetime

from comanda.contexts.billing.erasing import RETENTION
from comanda.contexts.billing.numbering import SERIES, fiscal_year
from comanda.contexts.billing.rates import parse_override
from comanda.messaging.settings import Setting


def _known_timezone(name: str) -> None:
    try:
        fiscal_year(datetime.now(UTC), name, 1)
    except (KeyError, OSError) as error:
        raise ValueError(f"{name} is no time zone of the IANA database, such as Europe/Paris") from error


def _country_or_none(code: str) -> None:
    if not re.fullmatch(r"([A-Z]{2})?", code):
        raise ValueError("the shop's country is two capital letters (ISO 3166 alpha-2), or empty")


def _series(text: str) -> None:
    if not re.fullmatch(SERIES, text):
        raise ValueError("a series is 1 to 20 letters, digits, dots or underscores")


def _overrides(entries: list[str]) -> None:
    for entry in entries:
        parse_override(entry)


SETTINGS = (
    Setting("shop.timezone", str, "UTC", "The shop's time zone: its clock ends a fiscal year.", check=_known_timezone),
    Setting(
        "shop.country",
        str,
        "",
        "The country the shop sells from. Companies in other EU countries then owe the VAT themselves; empty: nobody.",
        check=_country_or_none,
    ),
    Setting("billing.fiscal_year_month", int, 1, "The month a fiscal year begins with.", minimum=1, maximum=12),
    Setting("billing.invoice_series", str, "INV", "What invoice numbers begin with.", check=_series),
    Setting("billing.credit_note_series", str, "CN", "What the numbers of credit notes begin with.", check=_series),
    Setting(
        RETENTION,
        int,
        10,
        "Years for which issued invoices keep the name and address of an erased customer, after the year of issue.",
        minimum=1,
        maximum=100,
    ),
    Setting(
        "billing.tax_rates",
        list[str],
        [],
        "VAT rates over the published ones, such as DE.standard=1600 (country, category, basis points).",
        check=_overrides,
    ),
)
