"""Gapless numbers of invoices and credit notes: a counter for each series and fiscal year."""

import re
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

SERIES = r"[A-Za-z0-9._]{1,20}"
"""How a series may be written: safe in a path, and never like the id of a draft."""

_NUMBER = re.compile(rf"({SERIES})-(\d{{4}})-(\d{{6,18}})", re.ASCII)


class PaperNumber(NamedTuple):
    """What a printed number says: `INV-2026-000042`."""

    series: str
    year: int
    serial: int

    def __str__(self) -> str:
        return f"{self.series}-{self.year}-{self.serial:06d}"


def parse_number(text: str) -> PaperNumber | None:
    """A printed number taken apart; None when it is not written like one."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    number = PaperNumber(match[1], int(match[2]), int(match[3]))
    return number if str(number) == text else None


def fiscal_year(at: datetime, timezone: str, first_month: int) -> int:
    """The fiscal year of a moment, named after the calendar year it begins in, by the shop's clock."""
    local = at.astimezone(ZoneInfo(timezone))
    return local.year if local.month >= first_month else local.year - 1
