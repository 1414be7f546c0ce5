"""Identifiers: UUID version 7 as text, so that they sort by time and travel anywhere."""

import re
import secrets

from uuid_utils import uuid4, uuid7

_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def new_id() -> str:
    """A new UUID version 7 (RFC 9562) in its canonical text form."""
    return str(uuid7())


def new_trace() -> str:
    """A new trace id: 32 hexadecimal digits (W3C Trace Context)."""
    return uuid4().hex


def new_secret() -> str:
    """An unguessable capability of 192 bits, safe in URLs."""
    return secrets.token_urlsafe(24)


def is_id(text: str) -> bool:
    """Whether the text is a UUID as it is usually written, in capitals or not; PostgreSQL takes every such text."""
    return _UUID.fullmatch(text) is not None
