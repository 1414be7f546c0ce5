"""E-mail addresses: kept as they were written, told apart without regard to case or way of composing."""

from unicodedata import normalize


def as_written(email: str) -> str:
    """The address in Unicode's composed form (NFC)."""
    return normalize("NFC", email)


def key_of(email: str) -> str:
    """What two spellings of one address have in common: no case, composed form."""
    return normalize("NFC", normalize("NFC", email).casefold())
