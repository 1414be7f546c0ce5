"""Files → products, orders and credits: the pure whole of the import."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from comanda.cli.imports import rules
from comanda.cli.imports.catalogue import Catalogue
from comanda.cli.imports.entries import EntryReader
from comanda.cli.imports.entry import Entry, Kind
from comanda.cli.imports.files import Progress, read_table
from comanda.cli.imports.formats import FOR_ORDERS, FOR_PRODUCTS, Format
from comanda.cli.imports.ledger import Ledger
from comanda.cli.imports.orders import Credit, Order, Orders
from comanda.cli.imports.totals import orders_of_totals


def convert(
    paths: Sequence[Path],
    form: Format,
    ledger: Ledger,
    catalogue: Catalogue | None = None,
    progress: Progress | None = None,
) -> Iterator[Order | Credit]:
    """The orders of the files, read as if they were one, while they are read; then the credits.

    When it is exhausted the ledger is balanced and the catalogue full. Raises UnreadableFile and WrongMapping.
    """
    if form.of_totals:
        yield from orders_of_totals(paths, form, ledger, progress or Progress())
        return
    orders = Orders(form.currency, ledger)
    for entry in entries(paths, form, ledger, progress):
        if catalogue is not None:
            catalogue.add(entry)
        yield from orders.add(entry)
    yield from orders.finish()
    yield from orders.credits()


def entries(paths: Sequence[Path], form: Format, ledger: Ledger, progress: Progress | None = None) -> Iterator[Entry]:
    """The good rows of the files."""
    for path in paths:
        table = read_table(path, ledger, progress)
        reader = EntryReader(form, form.positions(table.header, FOR_ORDERS), ledger)
        for row in table.rows:
            entry = reader.read(row)
            if entry is not None:
                yield entry


def products(paths: Sequence[Path], form: Format, ledger: Ledger, progress: Progress | None = None) -> Catalogue:
    """The products of the files: of a product list, or (where orders are mapped) of the sales.

    Raises UnreadableFile and WrongMapping.
    """
    catalogue = Catalogue()
    if "order" not in form.columns:
        _products_of_lists(paths, form, ledger, progress, catalogue)
        return catalogue
    for entry in entries(paths, form, ledger, progress):
        catalogue.add(entry)
        useful = entry.kind is Kind.GOODS and not entry.credit
        ledger.end(entry.row, rules.PRODUCT if useful else rules.NO_PRODUCT, entry.order)
    return catalogue


def _products_of_lists(
    paths: Sequence[Path], form: Format, ledger: Ledger, progress: Progress | None, catalogue: Catalogue
) -> None:
    for path in paths:
        table = read_table(path, ledger, progress)
        reader = EntryReader(form, form.positions(table.header, FOR_PRODUCTS), ledger)
        for row in table.rows:
            listed = reader.read_listed(row)
            if listed is not None:
                catalogue.add_listed(listed)
                ledger.end(row, rules.PRODUCT, listed.sku)
