"""Money as integer minor units, and the two roundings that money needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units (cents, pence, yen) and its ISO 4217 currency."""

    amount: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.amount - other.amount, self.currency)

    def __mul__(self, quantity: int) -> "Money":
        return Money(self.amount * quantity, self.currency)

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added")


def divide_half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator` rounded half up, away from zero for negative values."""
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    numerator, denominator = abs(numerator), abs(denominator)
    return sign * ((2 * numerator + denominator) // (2 * denominator))


def tax_contained(gross: int, rate_bp: int) -> int:
    """The tax contained in a gross amount, at a rate in basis points (1900 is 19 %), rounded half up."""
    return divide_half_up(gross * rate_bp, 10_000 + rate_bp)


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Spread `total` over `weights` by largest remainder: the parts add up to the total exactly.

    All weights zero: everything goes to the first part. Ties go to the earlier part.
    """
    whole = sum(weights)
    if not weights:
        return []
    if whole == 0:
        return [total, *([0] * (len(weights) - 1))]
    parts = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: (-remainders[index], index))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def totals_by_currency(amounts: Iterable[Money]) -> list[Money]:
    """Sums, one for each currency, in the order of the currency codes."""
    sums: dict[str, int] = {}
    for money in amounts:
        sums[money.currency] = sums.get(money.currency, 0) + money.amount
    return [Money(amount, currency) for currency, amount in sorted(sums.items())]
