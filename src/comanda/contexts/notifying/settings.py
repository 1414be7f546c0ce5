"""Notifying's settings."""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from comanda.contexts.notifying.rendering import Shop
from comanda.messaging.service import Service
from comanda.messaging.settings import Setting

STAFF_EMAIL = "notifying.staff_email"
STAFF_LANGUAGE = "notifying.staff_language"
LINK_DAYS = "notifying.order_link_days"
SHOP_NAME, SHOP_URL, SHOP_TIMEZONE = "shop.name", "shop.url", "shop.timezone"


def _known_timezone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise ValueError(f"{name} is no time zone of the IANA database, such as Europe/Paris") from error


def _http_address(url: str) -> None:
    if not re.fullmatch(r"(https?://[^\s<>\"'?#]+[^\s<>\"'?#/])?", url):
        raise ValueError("the shop's address begins with http:// or https:// and does not end with a slash")


SETTINGS = (
    Setting(
        STAFF_EMAIL,
        str,
        "staff@comanda.example",
        "Where staff get their messages, such as stock alerts. Empty: nobody is told.",
    ),
    Setting(STAFF_LANGUAGE, str, "en", "The language of messages to staff.", choices=("en", "fr", "pt")),
    Setting(
        LINK_DAYS,
        int,
        90,
        "For how many days after a message its link shows a guest the order without signing in.",
        minimum=1,
        maximum=3_650,
    ),
    Setting(SHOP_NAME, str, "Comanda", "The shop's name, as its messages sign."),
    Setting(
        SHOP_URL,
        str,
        "",
        "The address of the shop's pages, to which messages link. Empty: no links.",
        check=_http_address,
    ),
    Setting(
        SHOP_TIMEZONE,
        str,
        "UTC",
        "The shop's time zone: its clock ends the days of reports and the fiscal years of invoices.",
        check=_known_timezone,
    ),
)


def shop_of(service: Service) -> Shop:
    """The shop, as messages call it."""
    settings = service.settings
    return Shop(settings[SHOP_NAME], settings[SHOP_URL], settings[SHOP_TIMEZONE])
