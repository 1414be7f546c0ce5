"""A cart: its lines and the rules they keep. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from comanda.contexts.carting.errors import (
    CartChanged,
    CartClosed,
    NoSuchLine,
    NotToBeMerged,
    OtherCurrency,
    TooManyLines,
    TooManyPieces,
)

OPEN = "open"
CHECKED_OUT = "checked_out"
MERGED = "merged"
EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much goes into a cart: lines, and pieces of one product."""

    lines: int
    pieces: int

    def check(self, quantities: Mapping[str, int]) -> None:
        """Raises TooManyLines or TooManyPieces."""
        if len(quantities) > self.lines:
            raise TooManyLines(self.lines)
        for sku, quantity in quantities.items():
            if quantity > self.pieces:
                raise TooManyPieces(sku, self.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """A cart. `quantities` are its lines, in the order they were put in; `currency` is that of the first one.

    A cart without `customer_id` is a guest's and belongs to whoever knows its id.
    """

    id: str
    customer_id: str | None
    status: str = OPEN
    currency: str | None = None
    version: int = 1
    quantities: Mapping[str, int]
    merged_into: str | None = None
    created_at: datetime
    updated_at: datetime

    def expect(self, versions: frozenset[int] | None) -> None:
        """Raises CartChanged unless it is one of these versions; None: any will do."""
        if versions is not None and self.version not in versions:
            raise CartChanged(self.version)

    def check_open(self) -> None:
        """Raises CartClosed for one that can be changed no more."""
        if self.status != OPEN:
            raise CartClosed(self.status)

    def put(self, wanted: Mapping[str, int], currencies: Mapping[str, str], limits: Limits, *, at: datetime) -> "Cart":
        """The cart with these absolute quantities; the same quantities change nothing.

        Raises CartClosed, OtherCurrency, TooManyLines, TooManyPieces.
        """
        self.check_open()
        currency = common_currency(self.currency, (currencies[sku] for sku in wanted))
        return self._with({**self.quantities, **wanted}, currency, limits, at)

    def remove(self, sku: str, *, at: datetime) -> "Cart":
        """The cart without a line; an empty cart has no currency. Raises CartClosed, NoSuchLine."""
        self.check_open()
        if sku not in self.quantities:
            raise NoSuchLine(sku)
        quantities = {other: quantity for other, quantity in self.quantities.items() if other != sku}
        return self._with(quantities, self.currency if quantities else None, None, at)

    def take_over(self, guest: "Cart", limits: Limits, *, at: datetime) -> "Cart":
        """This cart with the lines of a guest's too: of a product in both, the larger quantity.

        Larger and not the sum, so that whoever meets their own choice again does not buy it twice, and repeating a
        merge adds nothing. No line is ever lost: what does not fit is refused whole. Raises NotToBeMerged.
        """
        quantities = dict(self.quantities)
        for sku, quantity in guest.quantities.items():
            quantities[sku] = max(quantity, quantities.get(sku, 0))
        try:
            currency = common_currency(self.currency, filter(None, [guest.currency]))
            return self._with(quantities, currency, limits, at)
        except (OtherCurrency, TooManyLines, TooManyPieces) as error:
            raise NotToBeMerged(error.detail) from error

    def merged(self, into: str, *, at: datetime) -> "Cart":
        """The cart closed, because its lines are in another one now."""
        return replace(self, status=MERGED, merged_into=into, version=self.version + 1, updated_at=at)

    def adopted(self, customer_id: str, *, at: datetime) -> "Cart":
        """A guest's cart as the open one of a customer."""
        return replace(self, customer_id=customer_id, version=self.version + 1, updated_at=at)

    def _with(self, quantities: Mapping[str, int], currency: str | None, limits: Limits | None, at: datetime) -> "Cart":
        if quantities == self.quantities:
            return self
        if limits is not None:
            limits.check(quantities)
        return replace(self, quantities=quantities, currency=currency, version=self.version + 1, updated_at=at)


def common_currency(present: str | None, added: Iterable[str]) -> str | None:
    """The one currency of what is present and what is added. Raises OtherCurrency when they are two."""
    for currency in added:
        if present is None:
            present = currency
        elif currency != present:
            raise OtherCurrency(currency, present)
    return present
