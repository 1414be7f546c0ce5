"""Rows that are an order each → recorded orders without lines, of which the total and the status are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from pathlib import Path

from babel.numbers import get_currency_precision

from comanda.cli.imports import rules
from comanda.cli.imports.entries import LONGEST_KEY, NUMBER, Rejected, clean, is_finer, parse_time
from comanda.cli.imports.files import Progress, Table, read_table, text_lines
from comanda.cli.imports.formats import FOR_TOTALS, Format
from comanda.cli.imports.json_rows import is_json, read_objects
from comanda.cli.imports.ledger import Ledger, Row
from comanda.cli.imports.orders import Order
from comanda.cli.imports.sql_rows import is_sql, read_dump

NOTHING = ("NULL", "\\N")
"""How databases write that there is no value."""


def orders_of_totals(paths: Sequence[Path], form: Format, ledger: Ledger, progress: Progress) -> Iterator[Order]:
    """The orders of the files, CSV, JSON or a dump in SQL, read as if they were one.

    Raises UnreadableFile and WrongMapping.
    """
    seen: set[str] = set()
    for path in paths:
        table = _table(path, form, ledger, progress)
        reader = TotalReader(form, table.header, form.positions(table.header, FOR_TOTALS) if table.header else {})
        for row in table.rows:
            try:
                order = reader.read(row)
                if order.reference in seen:
                    raise Rejected(rules.TWICE)
            except Rejected as rejected:
                ledger.end(row, rejected.rule, reader.text(row, "order"), rejected.detail)
                continue
            seen.add(order.reference)
            order.rows.append((row, rules.TOTAL))
            ledger.end(row, rules.TOTAL, order.reference)
            if order.customer_id is None:
                ledger.remark(rules.GUEST)
            yield order


def _table(path: Path, form: Format, ledger: Ledger, progress: Progress) -> Table:
    if is_json(path):
        return read_objects(path, ledger, progress)
    if form.dumped and is_sql(next(text_lines(path, Ledger(), Progress()), "")):
        return read_dump(path, form.name, form.dumped, ledger, progress)
    return read_table(path, ledger, progress)


class TotalReader:
    """Makes orders of a file's rows. `positions`: our field → index of its column."""

    def __init__(self, form: Format, header: Sequence[str], positions: Mapping[str, int]) -> None:
        self._form, self._positions = form, positions
        self._kept = [(header.index(column), f"{form.name}_{column}") for column in form.kept if column in header]

    def read(self, row: Row) -> Order:
        """The row's order. Raises Rejected."""
        form = self._form
        reference, customer = self.text(row, "order"), self.text(row, "customer")
        if not reference:
            raise Rejected(rules.NO_ORDER)
        for what, text in (("order number", reference), ("customer", customer)):
            if len(text) > LONGEST_KEY:
                raise Rejected(rules.TOO_LONG, what)
        return Order(
            reference=reference,
            customer_id=customer if customer and customer != form.guest else None,
            created_at=parse_time(self.text(row, "time"), form.time_formats, form.timezone),
            currency=form.currency,
            country=None,
            status=self._status(row),
            total=self._total(row),
            metadata=self._metadata(row),
        )

    def text(self, row: Row, name: str) -> str:
        """A cell; nothing where the column is not mapped, or the database had nothing."""
        at = self._positions.get(name)
        return "" if at is None else _value(row.values[at])

    def _status(self, row: Row) -> str:
        if "status" not in self._positions:
            return "completed"
        text = self.text(row, "status")
        status = self._form.statuses.get(text.lower())
        if status is None:
            raise Rejected(rules.STATUS, text)
        return status

    def _total(self, row: Row) -> int:
        text, currency = self.text(row, "total"), self._form.currency
        if not NUMBER.fullmatch(text) or text.startswith("-") or is_finer(text, currency):
            raise Rejected(rules.TOTAL_AMOUNT, text)
        return int(Decimal(text).scaleb(get_currency_precision(currency)))

    def _metadata(self, row: Row) -> dict[str, str]:
        kept = {name: _value(row.values[at]) for at, name in self._kept}
        return {name: self._even(value) for name, value in kept.items() if value}

    def _even(self, value: str) -> str:
        """A time is written in one way, whichever way the file has it, so that every export says the same."""
        if value.isdigit():
            return value
        try:
            time = parse_time(value, self._form.time_formats, self._form.timezone)
        except Rejected:
            return value[:LONGEST_KEY]
        return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _value(cell: str) -> str:
    text = clean(cell)
    return "" if text in NOTHING else text
