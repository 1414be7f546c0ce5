"""Little files of sales to import, made up; and all that an import makes of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from comanda.cli.imports.catalogue import Catalogue
from comanda.cli.imports.convert import convert
from comanda.cli.imports.formats import ONLINE_RETAIL, Format
from comanda.cli.imports.ledger import End, Ledger
from comanda.cli.imports.orders import Credit, Order

HEADER = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]


def row(
    invoice: str = "536365",
    sku: str = "85123A",
    name: str = "WHITE LANTERN",
    quantity: object = 6,
    time: str = "2010-12-01 08:26:00",
    price: object = "2.55",
    customer: str = "17850.0",
    country: str = "United Kingdom",
) -> list[str]:
    """A row of the online-retail file."""
    return [invoice, sku, name, str(quantity), time, str(price), customer, country]


def write(folder: Path, rows: Iterable[list[str]], name: str = "sales.csv", header: list[str] = HEADER) -> Path:
    """A file of such rows."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    path = folder / name
    path.write_text(text.getvalue())
    return path


@dataclass(frozen=True)
class Imported:
    """What became of the rows."""

    orders: list[Order]
    credits: list[Credit]
    catalogue: Catalogue
    ledger: Ledger
    ends: list[End]

    def rules(self) -> list[str]:
        """The rule of each row's end, in the order of the rows."""
        return [end.rule.name for end in sorted(self.ends, key=lambda end: (end.row.file, end.row.number))]


def imported(*paths: Path, form: Format = ONLINE_RETAIL) -> Imported:
    """Import files without sending anything."""
    ends: list[End] = []
    ledger, catalogue = Ledger(listener=ends.append), Catalogue()
    found = list(convert(paths, form, ledger, catalogue))
    orders = [item for item in found if isinstance(item, Order)]
    credits = [item for item in found if isinstance(item, Credit)]
    return Imported(orders, credits, catalogue, ledger, ends)
