"""The account of an import: every row that was read has exactly one end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from comanda.cli.imports.rules import REFUSED, REJECTING, Rule


class Row(NamedTuple):
    """A row as it stands in a file; the header is row 1."""

    file: str
    number: int
    values: list[str]


class End(NamedTuple):
    """What became of a row: the rule that used or rejected it, its order, and more in words."""

    row: Row
    rule: Rule
    order: str = ""
    detail: str = ""

    @property
    def rejected(self) -> bool:
        """Whether the row is lost to the import."""
        return self.rule in REJECTING


def ignore(end: End) -> None:
    """A listener for who needs the counts only."""


@dataclass(slots=True)
class Ledger:
    """Counts of the rows read, of their ends by rule, and of the remarks made on used rows.

    `listener` is told every end; it writes the report.
    """

    listener: Callable[[End], None] = ignore
    read: int = 0
    ends: Counter[Rule] = field(default_factory=Counter)
    remarks: Counter[Rule] = field(default_factory=Counter)

    def end(self, row: Row, rule: Rule, order: str = "", detail: str = "") -> None:
        """Note the one end of a row."""
        self.ends[rule] += 1
        self.listener(End(row, rule, order, detail))

    def refuse(self, used: Iterable[tuple[Row, Rule]], order: str, reason: str) -> None:
        """The installation refused what these rows had been used for: their ends are rejections after all."""
        for row, rule in used:
            self.ends[rule] -= 1
            self.end(row, REFUSED, order, reason)

    def remark(self, rule: Rule) -> None:
        """Note that a row, or an order, is used with a change."""
        self.remarks[rule] += 1

    @property
    def used(self) -> int:
        """Rows that became part of an order or a credit."""
        return sum(n for rule, n in self.ends.items() if rule not in REJECTING)

    @property
    def rejected(self) -> int:
        """Rows that did not."""
        return sum(n for rule, n in self.ends.items() if rule in REJECTING)

    @property
    def balanced(self) -> bool:
        """Whether rows read = rows used + rows rejected."""
        return self.read == self.used + self.rejected
