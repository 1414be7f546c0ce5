"""Carting's settings."""

from collections.abc import Mapping
from typing import Any

from comanda.contexts.carting.cart import Limits
from comanda.contexts.carting.requests import MOST_LINES
from comanda.messaging.settings import Setting
from comanda.platform.http.fields import LARGEST_QUANTITY

SETTINGS = (
    Setting("carting.most_lines", int, 100, "How many lines a cart has at most.", minimum=1, maximum=MOST_LINES),
    Setting(
        "carting.most_pieces",
        int,
        9_999,
        "How many pieces of one product a cart holds at most.",
        minimum=1,
        maximum=LARGEST_QUANTITY,
    ),
    Setting(
        "carting.abandoned_after_hours",
        int,
        24,
        "Hours without a change after which an open cart counts as abandoned.",
        minimum=1,
        maximum=8_760,
    ),
    Setting(
        "carting.expires_after_days",
        int,
        30,
        "Days without a change after which an abandoned cart is closed.",
        minimum=1,
        maximum=3_650,
    ),
)


def limits(values: Mapping[str, Any]) -> Limits:
    """The limits that hold now."""
    return Limits(lines=values["carting.most_lines"], pieces=values["carting.most_pieces"])
