"""The period of a report: whole days of one time zone, first and last included."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from comanda.contexts.reporting.settings import known_timezone
from comanda.kernel.errors import Invalid

USUAL_DAYS = 30
MOST_DAYS = 3_660


class InvalidPeriod(Invalid):
    """The days are in the wrong order, too many, or of no time zone."""

    code = "invalid-period"


@dataclass(frozen=True, slots=True)
class Period:
    """From the first moment of `first` to the last of `last`, on the clocks of `timezone`."""

    first: date
    last: date
    timezone: str

    @classmethod
    def of(cls, first: date | None, last: date | None, timezone: str, now: datetime) -> Self:
        """What was asked for: the thirty days up to today where nothing was said. Raises InvalidPeriod."""
        try:
            known_timezone(timezone)
        except ValueError as error:
            raise InvalidPeriod(str(error)) from error
        if last is None:
            last = now.astimezone(ZoneInfo(timezone)).date()
            last = max(last, first) if first else last
        if first is None:
            first = last - timedelta(days=min(USUAL_DAYS - 1, (last - date.min).days))
        if first > last:
            raise InvalidPeriod("`from` is after `to`.")
        if (last - first).days >= MOST_DAYS:
            raise InvalidPeriod(f"A report covers at most {MOST_DAYS} days.")
        if first.year < 1900 or last.year > 9000:
            raise InvalidPeriod("A report covers days from 1900 on.")
        return cls(first, last, timezone)

    @property
    def start(self) -> datetime:
        """The first moment, in UTC."""
        return self._midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first moment after the period, in UTC."""
        return self._midnight(self.last + timedelta(days=1))

    def before(self) -> "Period":
        """As many days, ending the day before: what the period is compared with."""
        days = (self.last - self.first).days + 1
        return Period(self.first - timedelta(days=days), self.first - timedelta(days=1), self.timezone)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, ZoneInfo(self.timezone)).astimezone(UTC)
