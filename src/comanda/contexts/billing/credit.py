"""How a credit is spread over an invoice's VAT rates, so that all credits together never exceed it. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from comanda.kernel.money import allocate, divide_half_up


class AtRate(NamedTuple):
    """An amount at one VAT rate."""

    rate_bp: int
    net: int
    tax: int

    @property
    def gross(self) -> int:
        """VAT included."""
        return self.net + self.tax


def spread_credit(
    invoice: Sequence[AtRate], credited: Mapping[int, AtRate], amount: int, weights: Mapping[int, int]
) -> list[AtRate]:
    """What to credit at each rate, `amount` in all; it must not exceed what is left of the invoice.

    `credited`: what earlier notes have credited, by rate. `weights`: the value of the pieces given back, by rate;
    empty when a credit names none, which then goes over all that is left. What a rate cannot hold goes to the others.
    VAT is pro rata to the amount, taken from the running sum: notes that add up to the invoice add up to its VAT.
    """
    rooms = [entry.gross - _gross(credited, entry.rate_bp) for entry in invoice]
    if amount > sum(rooms):
        raise ValueError(f"{amount} is more than the {sum(rooms)} left of the invoice")
    parts = _parts(amount, [weights.get(entry.rate_bp, 0) for entry in invoice], rooms)
    return [
        _at_rate(entry, credited.get(entry.rate_bp), part) for entry, part in zip(invoice, parts, strict=True) if part
    ]


def _parts(amount: int, weights: list[int], rooms: list[int]) -> list[int]:
    if not any(weights):
        return allocate(amount, rooms)
    parts = [min(part, room) for part, room in zip(allocate(amount, weights), rooms, strict=True)]
    left = [room - part for room, part in zip(rooms, parts, strict=True)]
    overflow = allocate(amount - sum(parts), left)
    return [part + more for part, more in zip(parts, overflow, strict=True)]


def _at_rate(entry: AtRate, before: AtRate | None, part: int) -> AtRate:
    gross_before, tax_before = (before.gross, before.tax) if before else (0, 0)
    tax = divide_half_up(entry.tax * (gross_before + part), entry.gross) - tax_before
    return AtRate(entry.rate_bp, part - tax, tax)


def _gross(credited: Mapping[int, AtRate], rate_bp: int) -> int:
    before = credited.get(rate_bp)
    return before.gross if before else 0
