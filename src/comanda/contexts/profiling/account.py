"""Somebody who can sign in."""

from typing import Literal, NamedTuple

Kind = Literal["customer", "staff"]


class Account(NamedTuple):
    """Whose it is, and what they sign in with."""

    id: str
    kind: Kind
    email_key: str
    password_hash: str


class Standing(NamedTuple):
    """What a member of staff may do at present."""

    admin: bool
    permissions: frozenset[str]
