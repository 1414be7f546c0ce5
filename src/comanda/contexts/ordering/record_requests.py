"""What requests about recorded orders carry, and how they become records."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    Field,
    JsonValue,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from comanda.contexts.ordering.contract.events import OrderLine
from comanda.contexts.ordering.contract.shades import Shade
from comanda.contexts.ordering.record import Record, StatusWord, given_back, goods_of, line_of, status_of
from comanda.contexts.ordering.requests import metadata_of
from comanda.kernel.errors import Invalid
from comanda.platform.http.fields import (
    Amount,
    Body,
    CountryCode,
    CurrencyCode,
    Email,
    Moment,
    OptionalLine,
    Quantity,
    ShortText,
    Sku,
)

MOST_LINES = 5_000
MOST_IMPORTED = 1_000


class RecordLineBody(Body):
    """Pieces of one product at one price (VAT included, minor units). The same product may stand in several lines."""

    sku: Sku
    name: OptionalLine = ""
    quantity: Quantity
    unit_price: Amount

    def line(self) -> OrderLine:
        """As the order keeps it."""
        return line_of(self.sku, self.name, self.quantity, self.unit_price)


Lines = Annotated[list[RecordLineBody], Field(max_length=MOST_LINES)]


class RecordBody(Body):
    """An order that another system ran. It has lines, or a total alone; `created_at` is now unless said."""

    reference: ShortText | None = None
    customer_id: ShortText | None = None
    email: Email | None = None
    status: StatusWord = "created"
    currency: CurrencyCode
    lines: Annotated[Lines, Field(min_length=1)] | None = None
    shipping: Amount = 0
    total: Amount | None = None
    country: CountryCode | None = None
    created_at: Moment | None = None
    metadata: dict[str, JsonValue] | None = None

    def record(self, now: datetime) -> Record:
        """What is written down. Raises Invalid for a total that contradicts the lines."""
        lines = None if self.lines is None else _lines(self.lines)
        status, fulfillment = status_of(self.status)
        return Record(
            reference=self.reference,
            customer_id=self.customer_id,
            email=self.email,
            status=status,
            fulfillment=fulfillment,
            currency=self.currency,
            lines=lines or (),
            goods=goods_of(lines, self.shipping, self.total),
            shipping=self.shipping,
            country=self.country,
            metadata=metadata_of(self.metadata),
            created_at=self.created_at or now,
        )


class RecordChangesBody(Body):
    """What of a recorded order is to change; what is not named stays. null empties what can be empty."""

    reference: ShortText | None = None
    customer_id: ShortText | None = None
    email: Email | None = None
    status: StatusWord | None = None
    currency: CurrencyCode | None = None
    lines: Lines | None = None
    shipping: Amount | None = None
    total: Amount | None = None
    country: CountryCode | None = None
    created_at: Moment | None = None
    metadata: dict[str, JsonValue] | None = None

    def apply(self, record: Record) -> Record:
        """The changed record. Raises Invalid for a total that contradicts the lines."""
        given = self.model_fields_set
        for name in ("status", "currency", "lines", "shipping", "total", "created_at"):
            if name in given and getattr(self, name) is None:
                raise Invalid(f"{name} cannot be empty.", field=name)
        changed = replace(
            record,
            **{
                name: getattr(self, name)
                for name in ("reference", "customer_id", "email", "currency", "country", "created_at")
                if name in given
            },
        )
        if self.status is not None:
            status, fulfillment = status_of(self.status, record.fulfillment)
            changed = replace(changed, status=status, fulfillment=fulfillment)
        if "metadata" in given:
            changed = replace(changed, metadata=metadata_of(self.metadata))
        return self._with_amounts(changed)

    def _with_amounts(self, record: Record) -> Record:
        shipping = record.shipping if self.shipping is None else self.shipping
        if self.lines is not None:
            lines: tuple[OrderLine, ...] | None = _lines(self.lines) or None
        else:
            lines = record.lines or None
        total = self.total
        if lines is None and total is None:
            total = record.goods + shipping
        return replace(record, lines=lines or (), shipping=shipping, goods=goods_of(lines, shipping, total))


class ImportedOrder(Body):
    """An order of the past. It has lines, or a total alone."""

    reference: ShortText
    customer_id: ShortText | None = None
    email: Email | None = None
    created_at: Moment
    status: StatusWord = "completed"
    currency: CurrencyCode
    lines: Annotated[Lines, Field(min_length=1)] | None = None
    shipping: Amount = 0
    total: Amount | None = None
    country: CountryCode | None = None
    metadata: dict[str, JsonValue] | None = None

    def record(self) -> Record:
        """What is written down. Raises Invalid for amounts or metadata that are too large."""
        lines = None if self.lines is None else _lines(self.lines)
        status, fulfillment = status_of(self.status)
        return Record(
            reference=self.reference,
            customer_id=self.customer_id,
            email=self.email,
            status=status,
            fulfillment=fulfillment,
            currency=self.currency,
            lines=lines or (),
            goods=goods_of(lines, self.shipping, self.total),
            shipping=self.shipping,
            country=self.country,
            metadata=metadata_of(self.metadata),
            created_at=self.created_at,
        )


class ImportedCredit(Body):
    """Pieces and postage given back: of the order named, or on its own. Quantities and amounts are positive."""

    reference: ShortText
    order_reference: ShortText | None = None
    customer_id: ShortText | None = None
    created_at: Moment
    currency: CurrencyCode
    country: CountryCode | None = None
    lines: Lines = Field(default=[])
    shipping: Amount = 0

    def record(self) -> Record:
        """A credit of its own as it is written down: with negative pieces and amounts."""
        lines = _lines(self.lines)
        goods = goods_of(lines, self.shipping, None)
        if not lines and not self.shipping:
            raise Invalid("A credit gives something back.", field="lines")
        return given_back(
            Record(
                reference=self.reference,
                customer_id=self.customer_id,
                email=None,
                status="completed",
                fulfillment="pending",
                currency=self.currency,
                lines=lines,
                goods=goods,
                shipping=self.shipping,
                country=self.country,
                metadata=None,
                created_at=self.created_at,
            )
        )


@dataclass(frozen=True, slots=True)
class Refused:
    """An item of an import that cannot be taken, and why."""

    reference: str
    reason: str


def _or_refused(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    """One bad item does not spoil the others: what is wrong with it becomes its rejection."""
    try:
        return validate(value)
    except ValidationError as error:
        reference = value.get("reference") if isinstance(value, dict) else None
        first = error.errors(include_url=False, include_input=False)[0]
        where = "/".join(str(part) for part in first["loc"])
        return Refused(_writable(reference), f"{where}: {first['msg']}" if where else first["msg"])


def _writable(reference: Any) -> str:
    """What an answer can say of a reference that may be anything: lone surrogates cannot be written."""
    return str(reference or "")[:50].encode(errors="replace").decode()


OrderOrRefusal = Annotated[ImportedOrder, WrapValidator(_or_refused)]
CreditOrRefusal = Annotated[ImportedCredit, WrapValidator(_or_refused)]
"""What is given to an import: a `Refused` stands in the place of an item that is not valid."""


class OrderImportBody(Body):
    """Orders and credits of the past, 1,000 together at most. The same again changes nothing."""

    orders: list[OrderOrRefusal] = Field(default=[], max_length=MOST_IMPORTED)
    credits: list[CreditOrRefusal] = Field(default=[], max_length=MOST_IMPORTED)


class StatusBody(Body):
    """A status, in the words of orders and parcels.

    `present`: shades in which a managed order is already as asked and stays as it is, instead of the status' own.
    """

    status: StatusWord
    present: list[Shade] | None = Field(default=None, max_length=20)


def _lines(lines: Sequence[RecordLineBody]) -> tuple[OrderLine, ...]:
    return tuple(line.line() for line in lines)
