"""Countries in words → ISO 3166 alpha-2."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache

from babel import Locale

LANGUAGES = ("en", "fr", "pt", "de", "es")

OTHER_NAMES = {
    "eire": "IE",
    "rsa": "ZA",
    "usa": "US",
    "eua": "US",
    "united states of america": "US",
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "grande-bretagne": "GB",
    "grã-bretanha": "GB",
    "uae": "AE",
    "hong kong": "HK",
    "macau": "MO",
    "holland": "NL",
    "the netherlands": "NL",
    "holanda": "NL",
    "czech republic": "CZ",
    "république tchèque": "CZ",
    "república tcheca": "CZ",
    "korea": "KR",
    "turkey": "TR",
    "burma": "MM",
    "ivory coast": "CI",
}
"""Names that people write and no language's list has, whatever the language."""

NO_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
"""Codes of the list that stand for no country."""


def country_code(text: str, languages: tuple[str, ...] = LANGUAGES) -> str | None:
    """The alpha-2 code of a country's code or name in one of the languages; None where it names no one country.

    Capitals, accents, spaces and punctuation do not matter: `sao tome e principe` is what Portuguese calls ST.
    """
    return _names(languages).get(_letters(text))


@cache
def _names(languages: tuple[str, ...]) -> dict[str, str]:
    """Every name and every code, by its letters. Where two languages disagree, the first one is right."""
    names = {_letters(name): code for name, code in OTHER_NAMES.items()}
    for language in languages:
        for code, name in _countries(language):
            names.setdefault(_letters(name), code)
            names.setdefault(_letters(code), code)
    return names


def _countries(language: str) -> Iterator[tuple[str, str]]:
    for code, name in Locale(language).territories.items():
        if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES:
            yield code, name


def _letters(text: str) -> str:
    """The letters alone, small and without accents; `&` is left out as the words for it often are."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text).casefold() if letter.isalpha())
