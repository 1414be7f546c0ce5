"""The words of `commandes`: pending, processing, completed, cancelled."""

from typing import Literal, get_args

from comanda.contexts.ordering.contract.views import Status
from comanda.contexts.ordering.dialects.words import Words

Statut = Literal["pending", "processing", "completed", "cancelled"]
"""Awaiting, under way, done, called off: the four statuses of a commande."""

WORDS = Words(
    shown={
        "created": "pending",
        "reserved": "pending",
        "paid_uncommitted": "processing",
        "paid_committed": "processing",
        "shipping_scheduled": "processing",
        "completed_unshipped": "completed",
        "completed_shipped": "completed",
        "completed_delivered": "completed",
        "canceled": "cancelled",
        "failed": "cancelled",
    },
    written={"pending": "created", "processing": "paid", "completed": "completed", "cancelled": "canceled"},
)

STATUSES = {
    status: word
    for shade, word in WORDS.shown.items()
    for status in get_args(Status)
    if shade == status or shade.startswith(f"{status}_")
}
"""The word for each status: here all shades of a status have the same."""

GUEST = "guest"
"""The customer of an order that has none."""
