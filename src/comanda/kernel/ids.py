"""Identifiers: UUID version 7 as text, so that they sort by time and travel anywhere."""

import secrets
from uuid import UUID

from uuid_utils import uuid7


def new_id() -> str:
    """A new UUID version 7 (RFC 9562) in its canonical text form."""
    return str(uuid7())


def new_secret() -> str:
    """An unguessable capability of 192 bits, safe in URLs."""
    return secrets.token_urlsafe(24)


def is_id(text: str) -> bool:
    """Whether the text is a UUID in any of its written forms."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
