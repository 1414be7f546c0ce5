"""The table of words: what the `commandes` dialect calls the statuses of orders, and what its words mean here."""

from collections.abc import Mapping
from typing import Literal, get_args

Statut = Literal["pending", "processing", "completed", "cancelled"]
"""Awaiting, under way, done, called off: the four statuses of a commande."""

WORDS: Mapping[str, Statut] = {
    "created": "pending",
    "reserved": "pending",
    "paid": "processing",
    "shipping_scheduled": "processing",
    "completed": "completed",
    "canceled": "cancelled",
    "failed": "cancelled",
}
"""Every status of an order, and its one word."""

WRITTEN: Mapping[Statut, str] = {
    "pending": "created",
    "processing": "paid",
    "completed": "completed",
    "cancelled": "canceled",
}
"""What a word becomes when it is written to a recorded order."""

STATUSES: Mapping[Statut, tuple[str, ...]] = {
    word: tuple(status for status, said in WORDS.items() if said == word) for word in get_args(Statut)
}
"""Every word, and the statuses that a list of it shows."""

GUEST = "guest"
"""The customer of an order that has none."""
