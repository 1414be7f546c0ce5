"""Somebody who can sign in."""

from typing import NamedTuple


class Account(NamedTuple):
    """Whose it is, and what they sign in with."""

    id: str
    email_key: str
    password_hash: str
