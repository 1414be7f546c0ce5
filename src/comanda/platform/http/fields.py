"""Types of fields in requests: bounded, and free of what a database or a terminal would choke on."""

import re
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any

from babel import Locale
from babel.numbers import list_currencies
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from comanda.kernel.address import Address
from comanda.kernel.money import Money

LARGEST_AMOUNT = 2**53 - 1
LARGEST_QUANTITY = 1_000_000

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

NO_NUL = r"^[^\x00]*$"
"""PostgreSQL's text has no NUL. Lone surrogates never get this far: the parser refuses them."""

_NOT_COUNTRIES = frozenset({"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO", "AC", "CP", "CQ", "DG", "EA", "IC", "TA", "XK"})


def Text(longest: int, shortest: int = 0) -> Any:
    """`Annotated[str, Text(50)]`: text of at most so many characters, kept exactly as it was sent."""
    return Field(min_length=shortest, max_length=longest, pattern=NO_NUL)


def printable(text: str) -> str:
    """Refuse NUL, which PostgreSQL cannot keep, and lone surrogates, which UTF-8 cannot write."""
    if "\x00" in text:
        raise ValueError("NUL is not allowed")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValueError("lone surrogates are not allowed") from error
    return text


@cache
def countries() -> frozenset[str]:
    """The codes of ISO 3166-1 alpha-2."""
    codes = (str(code) for code in Locale.parse("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES)


@cache
def currencies() -> frozenset[str]:
    """The codes of ISO 4217."""
    return frozenset(list_currencies())


def known_country(code: str) -> str:
    """Refuse what is no ISO 3166 alpha-2 code."""
    if code not in countries():
        raise ValueError("not an ISO 3166 alpha-2 country code")
    return code


def known_currency(code: str) -> str:
    """Refuse what is no ISO 4217 code."""
    if code not in currencies():
        raise ValueError("not an ISO 4217 currency code")
    return code


def written_out(value: Any) -> Any:
    """Refuse numbers, which would pass for seconds since 1970."""
    if isinstance(value, str) and not _DATE.match(value):
        raise ValueError("a time is written out, with its offset: 2026-01-31T09:30:00Z")
    if isinstance(value, int | float):
        raise ValueError("a time is text, with its offset: 2026-01-31T09:30:00Z")
    return value


def written_as_day(value: Any) -> Any:
    """Refuse whatever is not a day and nothing else."""
    if isinstance(value, str) and not _DATE.fullmatch(value):
        raise ValueError("a day is written out: 2026-01-31")
    if isinstance(value, int | float):
        raise ValueError("a day is text: 2026-01-31")
    return value


def in_utc(moment: datetime) -> datetime:
    """A moment as the database takes it. Raises ValueError for one that UTC cannot express."""
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("out of range") from error


Printable = AfterValidator(printable)

ShortText = Annotated[str, StringConstraints(min_length=1, max_length=50), Printable]
"""1 to 50 characters: references, other systems' ids."""

Sku = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$"), Printable]
"""A product's code, as the shop writes it."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=200), Printable]
"""A line of text that is not empty: names, streets."""

OptionalLine = Annotated[str, StringConstraints(max_length=200), Printable]

Paragraph = Annotated[str, StringConstraints(max_length=4_000), Printable]

Email = Annotated[
    str, StringConstraints(min_length=3, max_length=254, pattern=r"^[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]+$"), Printable
]

Phone = Annotated[str, StringConstraints(max_length=30, pattern=r"^$|^\+?[0-9 ()./-]{3,30}$")]

CountryCode = Annotated[
    str, AfterValidator(known_country), Field(json_schema_extra={"pattern": "^[A-Z]{2}$", "examples": ["PT"]})
]

CurrencyCode = Annotated[
    str, AfterValidator(known_currency), Field(json_schema_extra={"pattern": "^[A-Z]{3}$", "examples": ["EUR"]})
]

Moment = Annotated[AwareDatetime, BeforeValidator(written_out), Field(strict=False), AfterValidator(in_utc)]
"""A time with its offset, in UTC: `2026-01-31T10:30:00+01:00` (RFC 3339)."""

Day = Annotated[date, BeforeValidator(written_as_day), Field(strict=False)]
"""A day: `2026-01-31`."""

Quantity = Annotated[int, Field(strict=True, ge=1, le=LARGEST_QUANTITY)]

Amount = Annotated[int, Field(strict=True, ge=0, le=LARGEST_AMOUNT)]
"""Minor units, not negative."""


class Body(BaseModel):
    """What a request carries: unknown fields are refused, and nothing is converted to make it fit."""

    model_config = ConfigDict(extra="forbid", strict=True)


class MoneyBody(Body):
    """An amount in minor units and its currency."""

    amount: Amount
    currency: CurrencyCode

    def money(self) -> Money:
        """As the kernel's word."""
        return Money(self.amount, self.currency)


class AddressBody(Body):
    """A postal address; without a recipient it is the customer's name or e-mail."""

    recipient: OptionalLine = ""
    street: Line
    number: OptionalLine = ""
    line2: OptionalLine = ""
    city: Line
    state: OptionalLine = ""
    postal_code: Annotated[str, StringConstraints(max_length=20), Printable] = ""
    country: CountryCode
    phone: Phone = ""
    company: OptionalLine = ""
    vat_id: Annotated[str, StringConstraints(max_length=30), Printable] = ""

    def address(self, recipient: str) -> Address:
        """As the kernel's word; `recipient` is used where none was given."""
        return Address(
            recipient=self.recipient or recipient,
            street=self.street,
            number=self.number,
            line2=self.line2,
            city=self.city,
            state=self.state,
            postal_code=self.postal_code,
            country=self.country,
            phone=self.phone,
            company=self.company,
            vat_id=self.vat_id,
        )
