"""The settings of ordering."""

import re

from comanda.contexts.ordering.payment_rules import PAYMENT_SETTINGS
from comanda.contexts.ordering.pricing import SELLER_COUNTRY
from comanda.contexts.ordering.reconciling import PER_MINUTE
from comanda.contexts.ordering.sweeping import CURRENT_FOR, REDRIVE_AFTER
from comanda.contexts.ordering.vip import VIP_SETTINGS
from comanda.messaging.settings import Setting
from comanda.platform.http.fields import known_currency

COMMANDES_CURRENCY = "ordering.commandes_currency"


def _country_or_none(code: str) -> None:
    if not re.fullmatch(r"([A-Z]{2})?", code):
        raise ValueError("the shop's country is two capital letters (ISO 3166 alpha-2), or empty")


SETTINGS = (
    Setting(
        SELLER_COUNTRY,
        str,
        "",
        "The country the shop sells from. Companies in other EU countries then owe the VAT themselves; empty: nobody.",
        check=_country_or_none,
    ),
    Setting(
        "ordering.notification_failure",
        str,
        "complete",
        "What becomes of an order whose confirmation cannot be delivered on any channel.",
        choices=("complete", "fail"),
    ),
    Setting(
        "ordering.payment_minutes", int, 30, "How long a card payment may take, in minutes.", minimum=1, maximum=10_080
    ),
    Setting(
        "ordering.bank_transfer_days", int, 7, "How long a bank transfer may take, in days.", minimum=1, maximum=60
    ),
    Setting(
        "ordering.backlog_limit",
        int,
        1_500,
        "How many events may wait to be worked off before new orders have to wait.",
        minimum=10,
        maximum=1_000_000,
    ),
    Setting(
        CURRENT_FOR,
        int,
        60,
        "For how long every service must have kept up before deadlines are judged, in seconds.",
        minimum=0,
        maximum=3_600,
    ),
    Setting(
        REDRIVE_AFTER,
        int,
        10,
        "After how many minutes without news a paid order's missing step is driven again.",
        minimum=1,
        maximum=1_440,
    ),
    Setting(
        PER_MINUTE,
        int,
        300,
        "How many orders a minute are compared with what the other services say. 0: none.",
        minimum=0,
        maximum=60_000,
    ),
    Setting(
        COMMANDES_CURRENCY,
        str,
        "EUR",
        "The currency of the `commandes` dialect (ISO 4217): its amounts name none.",
        check=known_currency,
    ),
    *PAYMENT_SETTINGS,
    *VIP_SETTINGS,
)
