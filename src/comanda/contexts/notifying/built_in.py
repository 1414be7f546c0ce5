"""The texts that come with the program: one file a language."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from comanda.contexts.notifying.correspondence import LANGUAGES, Language
from comanda.contexts.notifying.template import Template

TOTALS = "order_total"


@cache
def templates() -> dict[tuple[str, str, str], Template]:
    """Every built-in text, by name, channel and language."""
    found: dict[tuple[str, str, str], Template] = {}
    for language in LANGUAGES:
        for name, channels in _texts(language).items():
            if name == TOTALS:
                continue
            for channel, parts in channels.items():
                found[name, channel, language] = Template(
                    name=name,
                    channel=channel,
                    language=language,
                    subject=parts.get("subject", ""),
                    text=parts["text"].strip(),
                )
    return found


def totals_words(language: Language) -> dict[str, str]:
    """What stands before the totals of an order: subtotal, shipping, total, tax."""
    words: dict[str, str] = _texts(language)[TOTALS]
    return words


@cache
def _texts(language: Language) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(f"texts/{language}.toml").read_text("utf-8"))
