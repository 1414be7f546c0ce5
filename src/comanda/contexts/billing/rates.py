"""The VAT rates of the EU from a maintained table, and what staff have set over it."""

import re
from functools import lru_cache
from typing import Any

from comanda.contexts.billing.contract.vat import TaxRates

CATEGORIES = ("standard", "reduced", "intermediate", "super_reduced", "zero")
"""A country without a rate of its own for a category uses the next better known one: super_reduced → reduced →
standard, intermediate → reduced → standard."""

LOWEST_REDUCED_BP = 500
"""Reduced rates are not less than 5 % (VAT Directive 2006/112/EC, Art. 98(1)); lower ones are special schemes."""

REGIONAL_BP = {
    "AT": {1900},  # Jungholz and Mittelberg
    "FR": {850, 1300},  # overseas departments, Corsica
    "GR": {1700},  # Aegean islands
    "PT": {1600, 2200},  # Azores, Madeira
}
"""Rates that the table lists among the reduced ones and that hold in parts of a country only."""

_OVERRIDE = re.compile(r"^([A-Z]{2})\.([a-z_]{1,40})=(\d{1,5})$")


class InvalidOverride(ValueError):
    """An entry of the setting `billing.tax_rates` that cannot be read."""


@lru_cache(maxsize=8)
def tax_rates(overrides: tuple[str, ...] = ()) -> TaxRates:
    """The EU's member states, overlaid by entries such as `CH.standard=810`: the shop charges VAT there too."""
    table = {country: dict(categories) for country, categories in _published().items()}
    for country, category, rate_bp in map(parse_override, overrides):
        table.setdefault(country, {"standard": 0})[category] = rate_bp
    return table


def parse_override(entry: str) -> tuple[str, str, int]:
    """`DE.standard=1600` → country, category, basis points. Raises InvalidOverride."""
    match = _OVERRIDE.match(entry)
    if match is None or int(match[3]) > 10_000:
        raise InvalidOverride(f"{entry!r} is not like DE.standard=1600 (country, category, basis points up to 10000)")
    return match[1], match[2], int(match[3])


def version() -> str:
    """The day the published table was last compared with the European Commission's."""
    from eu_vat_rates_data import data_version

    return str(data_version)


@lru_cache(maxsize=1)
def _published() -> dict[str, dict[str, int]]:
    from eu_vat_rates_data import get_all_rates  # reads its file when imported, which starting up need not wait for

    return {
        country: _categories(country, entry) for country, entry in sorted(get_all_rates().items()) if entry["eu_member"]
    }


def _categories(country: str, entry: Any) -> dict[str, int]:
    standard = _basis_points(entry["standard"])
    regional = REGIONAL_BP.get(country, set())
    reduced = sorted(
        rate for rate in map(_basis_points, entry["reduced"]) if rate >= LOWEST_REDUCED_BP and rate not in regional
    )
    lowest = reduced[0] if reduced else standard
    super_reduced = entry["super_reduced"]
    return {
        "standard": standard,
        "reduced": lowest,
        "intermediate": reduced[1] if len(reduced) > 1 else lowest,
        "super_reduced": lowest if super_reduced is None else min(lowest, _basis_points(super_reduced)),
        "zero": 0,
    }


def _basis_points(percent: float) -> int:
    return round(percent * 100)
