"""Countries in words → ISO 3166 alpha-2."""

from __future__ import annotations

from functools import cache

from babel import Locale

LANGUAGES = ("en", "fr", "pt", "de", "es")

OTHER_NAMES = {
    "eire": "IE",
    "rsa": "ZA",
    "usa": "US",
    "u.s.a.": "US",
    "united states of america": "US",
    "uk": "GB",
    "u.k.": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "uae": "AE",
    "hong kong": "HK",
    "macau": "MO",
    "holland": "NL",
    "the netherlands": "NL",
    "czech republic": "CZ",
    "korea": "KR",
    "turkey": "TR",
    "burma": "MM",
    "ivory coast": "CI",
}
"""Names that people write and no language's list has."""


def country_code(text: str) -> str | None:
    """The alpha-2 code of a country's code or name (en, fr, pt, de, es); None where it names no one country."""
    words = " ".join(text.split()).casefold()
    return OTHER_NAMES.get(words) or _names().get(words)


@cache
def _names() -> dict[str, str]:
    """Every name and every code, in lower case."""
    names: dict[str, str] = {}
    for language in reversed(LANGUAGES):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES:
                names[name.casefold()] = code
                names[code.casefold()] = code
    return names


NO_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
"""Codes of the list that stand for no country."""
