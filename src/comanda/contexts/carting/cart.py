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
    """A cart. `quantities` are its lines, in the order they were put in; `currency` is that of the first one."""

    id: str
    customer_id: str | None
    status: str = OPEN
    currency: str | None = None
    version: int = 1
    quantities: Mapping[str, int]
    created_at: datetime
    updated_at: datetime

    def expect(self, version: int | None) -> None:
        """Raises CartChanged unless it is this version; None: any will do."""
        if version is not None and version != self.version:
            raise CartChanged(self.version)

    def put(self, wanted: Mapping[str, int], currencies: Mapping[str, str], limits: Limits) -> "Cart":
        """The cart with these absolute quantities; the same quantities change nothing.

        Raises CartClosed, OtherCurrency, TooManyLines, TooManyPieces.
        """
        self._check_open()
        if all(self.quantities.get(sku) == quantity for sku, quantity in wanted.items()):
            return self
        quantities = {**self.quantities, **wanted}
        limits.check(quantities)
        return self._with(quantities, common_currency(self.currency, (currencies[sku] for sku in wanted)))

    def remove(self, sku: str) -> "Cart":
        """The cart without a line; an empty cart has no currency. Raises CartClosed, NoSuchLine."""
        self._check_open()
        if sku not in self.quantities:
            raise NoSuchLine(sku)
        quantities = {other: quantity for other, quantity in self.quantities.items() if other != sku}
        return self._with(quantities, self.currency if quantities else None)

    def take_over(self, guest: "Cart", limits: Limits) -> "Cart":
        """This cart with the lines of a guest's: of a product in both, the larger quantity.

        Larger and not the sum, so that whoever meets their own choice again does not buy it twice, and repeating a
        merge adds nothing. No line is ever lost: what does not fit is refused whole. Raises NotToBeMerged.
        """
        quantities = dict(self.quantities)
        for sku, quantity in guest.quantities.items():
            quantities[sku] = max(quantity, quantities.get(sku, 0))
        try:
            currency = common_currency(self.currency, filter(None, [guest.currency]))
            limits.check(quantities)
        except (OtherCurrency, TooManyLines, TooManyPieces) as error:
            raise NotToBeMerged(error.detail) from error
        return self if quantities == self.quantities else self._with(quantities, currency)

    def _check_open(self) -> None:
        if self.status != OPEN:
            raise CartClosed(self.status)

    def _with(self, quantities: Mapping[str, int], currency: str | None) -> "Cart":
        return replace(self, quantities=quantities, currency=currency, version=self.version + 1)


def common_currency(present: str | None, added: Iterable[str]) -> str | None:
    """The one currency of what is present and what is added. Raises OtherCurrency when they are two."""
    for currency in added:
        if present is None:
            present = currency
        elif currency != present:
            raise OtherCurrency(currency, present)
    return present
