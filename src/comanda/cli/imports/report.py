"""The report of an import: a CSV file of what was rejected and what was credited, and a table for people."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from rich.table import Table

from comanda.cli.imports.ledger import End, Ledger
from comanda.cli.imports.rules import CREDIT_OWN, CREDIT_SET
from comanda.cli.imports.send import Sent

COLUMNS = ("file", "row", "outcome", "rule", "reason", "order", "detail", "content")


class Report:
    """Remembers the rejected and the credited rows; `write` makes a file of them.

    A credited row that is refused later is reported once, as rejected.
    """

    def __init__(self) -> None:
        self._ends: dict[tuple[str, int], End] = {}

    def note(self, end: End) -> None:
        """A listener for the ledger."""
        if end.rejected or end.rule in (CREDIT_SET, CREDIT_OWN):
            self._ends[end.row.file, end.row.number] = end

    def write(self, path: Path) -> None:
        """Write the report, rows in the order of the files. Raises OSError."""
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for (name, number), end in sorted(self._ends.items()):
                outcome = "rejected" if end.rejected else "credit"
                content = ",".join(end.row.values)
                writer.writerow((name, number, outcome, end.rule.name, end.rule.text, end.order, end.detail, content))


def summary(ledger: Ledger, sent: Sent) -> Table:
    """Rows read, what became of them by rule, and what the installation said."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right")
    table.add_column()
    table.add_column(style="dim")
    table.add_row(f"{ledger.read:,}", "rows read", "")
    for rule, count in ledger.ends.most_common():
        if count:
            table.add_row(f"{count:,}", rule.name, rule.text)
    table.add_row(f"{ledger.used:,} + {ledger.rejected:,}", "rows used + rejected", balance(ledger))
    for rule, count in ledger.remarks.most_common():
        table.add_row(f"{count:,}", f"of them {rule.name}", rule.text)
    for name in ("products", "orders", "credits"):
        counts = getattr(sent, name)
        said = ", ".join(f"{n:,} {what}" for what, n in counts.items() if n)
        if said:
            table.add_row(f"{counts.total():,}", name, said)
    return table


def balance(ledger: Ledger) -> str:
    """Whether every row is accounted for, in words."""
    return "= rows read" if ledger.balanced else "are NOT the rows read: please report this as a bug"


def figures(ledger: Ledger, sent: Sent) -> dict[str, Any]:
    """The account as JSON: rows read, used and rejected, by rule, and what the installation said."""
    return {
        "read": ledger.read,
        "used": ledger.used,
        "rejected": ledger.rejected,
        "balanced": ledger.balanced,
        "ends": {rule.name: count for rule, count in ledger.ends.items() if count},
        "remarks": {rule.name: count for rule, count in ledger.remarks.items()},
        "products": dict(sent.products),
        "orders": dict(sent.orders),
        "credits": dict(sent.credits),
    }
