"""`comanda import orders` and `comanda import products`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from comanda.cli.imports.catalogue import Catalogue
from comanda.cli.imports.convert import convert, products
from comanda.cli.imports.files import Progress, UnreadableFile
from comanda.cli.imports.formats import FIELDS, FORMATS, Format, WrongMapping, parse_mapping
from comanda.cli.imports.ledger import Ledger
from comanda.cli.imports.orders import Credit, Order
from comanda.cli.imports.report import Report, figures, summary
from comanda.cli.imports.send import Sent, send_orders, send_products
from comanda.cli.installation import CommandError, Installation, Service
from comanda.platform.data_dir import PostgresError

Find = Callable[[Path | None], Installation]
"""Finds the running installation of a data directory (None: the default one)."""

MAP_HELP = (
    "Which column holds what: FIELD=COLUMN, separated by commas, as in order=InvoiceNo,sku=StockCode."
    f" Fields: {', '.join(FIELDS)}."
)

ORDERS_HELP = """Record past orders, their credits and their products.

Recorded orders are kept, listed and counted, but start nothing: no payment, no parcel, no mail. \
Importing the same file again changes nothing. \
Every row is either used or rejected by a named rule, and the counts add up.

Ends with 0 when everything good was taken, 1 when a file cannot be read or the installation refused something."""

PRODUCTS_HELP = """Put products into the catalogue, from a product list or from a file of sales.

A product list needs columns for sku and price (--map sku=…,price=…); name, category and weight_g are taken if mapped. \
In a file of sales each product has its most frequent description and its latest price. \
Products that are there already are changed where they differ."""

Files = Annotated[
    list[Path],
    typer.Argument(help="CSV files (commandes: JSON and SQL dumps too), plain or gzip; several are read as one."),
]
FormatName = Annotated[
    str | None, typer.Option("--format", help=f"A ready mapping with its rules: {', '.join(FORMATS)}.")
]
Mapped = Annotated[str | None, typer.Option("--map", help=MAP_HELP)]
Currency = Annotated[str | None, typer.Option(help="Currency of the prices (ISO 4217); EUR if not given.")]
Timezone = Annotated[str | None, typer.Option(help="Time zone of times without one; UTC if not given.")]
TimeFormat = Annotated[
    str | None, typer.Option(help="How times are written (strptime), if not as ISO 8601: %d.%m.%Y %H:%M")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and account for every row, send nothing.")]
ReportFile = Annotated[
    Path | None,
    typer.Option("--report", help="Write rejected rows, and how credits were set, to this CSV file."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the account as one JSON object.")]
DataDir = Annotated[Path | None, typer.Option(envvar="COMANDA_DATA_DIR", help="The installation to import into.")]


def import_app(find: Find) -> typer.Typer:
    """The commands under `comanda import`; `find` gives the installation that they send to."""
    app = typer.Typer(no_args_is_help=True, help="Bring another shop's products and past orders in.")

    @app.command("orders", help=ORDERS_HELP)
    def orders_command(
        files: Files,
        format_name: FormatName = None,
        mapping: Mapped = None,
        currency: Currency = None,
        timezone: Timezone = None,
        time_format: TimeFormat = None,
        dry_run: DryRun = False,
        report: ReportFile = None,
        as_json: AsJson = False,
        data_dir: DataDir = None,
    ) -> None:
        """Record past orders, their credits and their products."""
        with one_line_errors():
            form = chosen_format(format_name, mapping, currency, timezone, time_format)
            installation = None if dry_run else find(data_dir)
            run_import(import_orders, files, form, installation, report, as_json=as_json)

    @app.command("products", help=PRODUCTS_HELP)
    def products_command(
        files: Files,
        format_name: FormatName = None,
        mapping: Mapped = None,
        currency: Currency = None,
        dry_run: DryRun = False,
        report: ReportFile = None,
        as_json: AsJson = False,
        data_dir: DataDir = None,
    ) -> None:
        """Put products into the catalogue."""
        with one_line_errors():
            form = chosen_format(format_name, mapping, currency, None, None)
            installation = None if dry_run else find(data_dir)
            run_import(import_products, files, form, installation, report, as_json=as_json)

    return app


def chosen_format(
    name: str | None, mapping: str | None, currency: str | None, timezone: str | None, time_format: str | None
) -> Format:
    """The format that the options describe. Raises WrongMapping."""
    if name is None and mapping is None:
        raise WrongMapping(f"Say how to read the file: --format ({', '.join(FORMATS)}) or --map FIELD=COLUMN,…")
    if name is not None and name not in FORMATS:
        raise WrongMapping(f"There is no format {name!r}; there are {', '.join(FORMATS)}.")
    form = FORMATS[name] if name else Format(columns={})
    if mapping is not None:
        form = replace(form, columns={**form.columns, **parse_mapping(mapping)})
    if currency is not None:
        form = replace(form, currency=currency.upper())
    if time_format is not None:
        form = replace(form, time_formats=(time_format,))
    if timezone is not None:
        try:
            form = replace(form, timezone=ZoneInfo(timezone))
        except (ZoneInfoNotFoundError, ValueError):
            raise WrongMapping(f"There is no time zone {timezone!r}.") from None
    return form


async def import_orders(
    files: list[Path], form: Format, installation: Installation | None, ledger: Ledger, progress: Progress
) -> Sent:
    """Send the orders, credits and products of the files; without an installation only account for the rows."""
    sent, catalogue = Sent(), Catalogue()
    items = convert(files, form, ledger, catalogue, progress)
    if installation is None:
        count(items, sent)
        sent.products["found"] = len(catalogue.products)
        return sent
    ordering, cataloging = Service(installation, "ordering"), Service(installation, "cataloging")
    try:
        await send_orders(items, ordering, ledger, sent)
        await send_products(catalogue.products.values(), form.currency, cataloging, sent)
    finally:
        ordering.close()
        cataloging.close()
    return sent


async def import_products(
    files: list[Path], form: Format, installation: Installation | None, ledger: Ledger, progress: Progress
) -> Sent:
    """Send the products of the files; without an installation only account for the rows."""
    sent = Sent()
    catalogue = products(files, form, ledger, progress)
    if installation is None:
        sent.products["found"] = len(catalogue.products)
        return sent
    cataloging = Service(installation, "cataloging")
    try:
        await send_products(catalogue.products.values(), form.currency, cataloging, sent)
    finally:
        cataloging.close()
    return sent


def count(items: Iterable[Order | Credit], sent: Sent) -> None:
    """What a dry run would send."""
    for item in items:
        (sent.credits if isinstance(item, Credit) else sent.orders)["found"] += 1


Importer = Callable[[list[Path], Format, Installation | None, Ledger, Progress], Coroutine[None, None, Sent]]


def run_import(
    importer: Importer,
    files: list[Path],
    form: Format,
    installation: Installation | None,
    report: Path | None,
    *,
    as_json: bool,
) -> None:
    """Run an import under a progress bar, print its account, write the report; exits with 1 on a refusal."""
    console, noted = Console(), Report()
    ledger = Ledger(listener=noted.note)
    total = sum(map(size, files))
    try:
        with Bar(*BAR, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("reading", total=total, rate="")
            sent = asyncio.run(importer(files, form, installation, ledger, BarProgress(bar, task, ledger)))
    finally:
        if report is not None and ledger.read:
            noted.write(report)
    if as_json:
        sys.stdout.write(json.dumps(figures(ledger, sent)) + "\n")
    else:
        console.print(summary(ledger, sent))
        if report is not None:
            console.print(f"Report written to {report}.")
    if sent.refused or not ledger.balanced:
        raise typer.Exit(1)


BAR = (
    TextColumn("{task.description}"),
    BarColumn(),
    TaskProgressColumn(),
    TextColumn("{task.fields[rate]}"),
    TimeRemainingColumn(),
)


class BarProgress(Progress):
    """Moves a progress bar along with the reading."""

    def __init__(self, bar: Bar, task: TaskID, ledger: Ledger) -> None:
        super().__init__()
        self._bar, self._task, self._ledger, self._began = bar, task, ledger, time.monotonic()

    def reach(self, done: int) -> None:
        """Show how far it is, and how many rows a second."""
        self.done = done
        rows_per_s = self._ledger.read / max(time.monotonic() - self._began, 0.001)
        self._bar.update(self._task, completed=done, rate=f"{rows_per_s:,.0f} rows/s")


def size(path: Path) -> int:
    """Bytes of a file. Raises UnreadableFile where there is none."""
    try:
        return path.stat().st_size
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror}.") from error


@contextmanager
def one_line_errors() -> Iterator[None]:
    """What a command cannot do is said in one line; the exit code is 1."""
    try:
        yield
    except (CommandError, PostgresError, OSError) as error:
        sys.stderr.write(f"comanda: {' '.join(str(error).split())}\n")
        raise typer.Exit(1) from error
