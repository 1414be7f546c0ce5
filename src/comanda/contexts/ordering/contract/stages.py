"""The stages of an order that a foreign service may keep instead of one of Comanda's own."""

from typing import Any

CART, INVENTORY, PAYMENT, SHIPPING, MAIL = "cart", "inventory", "payment", "shipping", "mail"

STAGES = (CART, INVENTORY, PAYMENT, SHIPPING, MAIL)
"""In the order in which an order passes them."""


def is_foreign(event: Any, stage: str) -> bool:
    """Whether a foreign service keeps this stage of the order that an event with `foreign_stages` is about."""
    return bool(event.foreign_stages) and stage in event.foreign_stages
