"""Ids are integers where their text is a plain number: `"123"` is 123 here, and `"0123"` or `"SKU-1"` stay text."""

import re

_PLAIN = re.compile(r"0|[1-9][0-9]{0,15}")

LARGEST = 2**53 - 1
"""No client loses digits of a smaller one (RFC 8259, 6)."""


def as_id(text: str) -> int | str:
    """An id as it is answered. `str()` of the answer is the text again."""
    return int(text) if _PLAIN.fullmatch(text) and int(text) <= LARGEST else text
