"""Words as they are compared: without case and accents, in any language, the same for what is stored and asked.

The index is PostgreSQL's; the words are made here, so that no extension and no dictionary of the server is needed.
"""

import re
import unicodedata
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+")
_LONGEST_WORD = 64
_LAST_POSITION = 16_000
_MOST_WORDS_ASKED = 20
_NO_DECOMPOSITION = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


def folded(text: str) -> str:
    """Text without case and accents: `Café` and `CAFE` are the same, `ß` is `ss`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return plain.translate(_NO_DECOMPOSITION)


def words(text: str) -> list[str]:
    """The words of a text, in order, folded."""
    return [word[:_LONGEST_WORD] for word in _WORD.findall(folded(text))]


def document(weighted: Iterable[tuple[str, str]]) -> str:
    """The literal of a tsvector for texts and their weights: A counts most, D least."""
    lexemes: dict[str, str] = {}
    position = 0
    for text, weight in weighted:
        for word in words(text):
            position = min(position + 1, _LAST_POSITION)
            lexemes.setdefault(word, f"'{word}':{position}{weight}")
    return " ".join(lexemes.values())


def query_of(text: str) -> str | None:
    """The literal of a tsquery: every word, or what begins with it. None when there is no word in the text."""
    asked = list(dict.fromkeys(words(text)))[:_MOST_WORDS_ASKED]
    return " & ".join(f"'{word}':*" for word in asked) or None
