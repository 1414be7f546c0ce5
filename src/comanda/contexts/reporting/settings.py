"""Reporting's settings."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from comanda.messaging.settings import Setting

TIMEZONE = "shop.timezone"


def known_timezone(name: str) -> None:
    """Raises ValueError for what is no time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise ValueError(f"{name} is no time zone of the IANA database, such as Europe/Paris") from error


SETTINGS = (
    Setting(
        TIMEZONE,
        str,
        "UTC",
        "The shop's time zone: its clock ends the days of reports and the fiscal years of invoices.",
        check=known_timezone,
    ),
)
