"""`comanda replay`."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from comanda.cli.imports.commands import DataDir, Files, Find, FormatName, Mapped, chosen_format, one_line_errors
from comanda.cli.imports.formats import Format, WrongMapping
from comanda.cli.installation import Installation, Remembered, Service
from comanda.cli.replay.journal import Journal
from comanda.cli.replay.outcome import Account, percentile, settle
from comanda.cli.replay.place import Placing
from comanda.cli.replay.plan import Plan, make_plan
from comanda.cli.replay.stockroom import fill

HELP = """Send the sales of a file as real orders over HTTP, and account for every one.

Products are put into the catalogue at their latest price in the file, and the file's demand × --stock-share onto the \
shelves: with less than 1 some orders fail for want of stock, as they should. \
Every sale has an idempotency key and is sent again until it is answered. \
With --journal the run survives the end of the server and its own: call it again with the same journal.

Ends with 0 when placed = completed + failed + canceled, else with 1."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to replay."""

    rate: float | None
    stock_share: float
    connections: int
    journal: Path | None
    limit: int | None
    patience_s: float


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay found."""

    plan: Plan
    journal: Journal
    account: Account
    seconds: float
    repeated: int


def add_replay(app: typer.Typer, find: Find) -> None:
    """Put `replay` among the commands of an app; `find` gives the installation that it sends to."""

    @app.command("replay", help=HELP)
    def replay_command(
        files: Files,
        rate: Annotated[str, typer.Option(help="Orders a second, or max.")] = "max",
        format_name: FormatName = "online-retail",
        mapping: Mapped = None,
        stock_share: Annotated[float, typer.Option(min=0, help="Stock as a share of the demand.")] = 1.0,
        connections: Annotated[int, typer.Option(min=1, help="Orders under way at once.")] = 32,
        journal: Annotated[Path | None, typer.Option(help="Write down, and go on from, this file.")] = None,
        limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many sales.")] = None,
        patience: Annotated[float, typer.Option(help="Seconds to wait for an answer, or an end.")] = 300.0,
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
        data_dir: DataDir = None,
    ) -> None:
        """Replay a file."""
        with one_line_errors():
            form = chosen_format(None if mapping else format_name, mapping, None, None, None)
            options = Options(parse_rate(rate), stock_share, connections, journal, limit, patience)
            replayed = uvloop.run(replay(files, form, find(data_dir), options))
        if as_json:
            sys.stdout.write(json.dumps(figures(replayed)) + "\n")
        else:
            Console().print(show(replayed))
        if not replayed.account.balanced:
            raise typer.Exit(1)


def parse_rate(text: str) -> float | None:
    """`max` → None, else orders a second. Raises WrongMapping for anything else."""
    if text == "max":
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate < 1e6:
        raise WrongMapping(f"--rate takes orders a second or max, not {text!r}.")
    return rate


async def replay(files: list[Path], form: Format, installation: Installation, options: Options) -> Replayed:
    """Plan, stock, place, settle. Raises what its parts raise."""
    installation = Remembered(installation)
    await installation.token()
    with Progress(*BAR, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading the file", total=None)
        plan = make_plan(files, form, limit=options.limit)
        with Journal.open(options.journal, plan.fingerprint, options.stock_share) as journal:
            bar.update(task, description="filling the shelves")
            await fill(plan, options.stock_share, installation, journal)
            bar.update(task, description="placing", total=len(plan.sales), completed=len(journal.answers))
            placing = Placing(plan, installation, journal, options.connections, options.rate, options.patience_s)
            placing.on_answer = advancing(bar, task)
            began = time.monotonic()
            await placing.run()
            seconds = time.monotonic() - began
            bar.update(task, description="waiting for the last", total=None)
            ordering = Service(installation, "ordering")
            account = await settle(journal, ordering, patience_s=options.patience_s)
            ordering.close()
    return Replayed(plan, journal, account, seconds, placing.repeated)


class Speed(ProgressColumn):
    """Orders a second."""

    def render(self, task: Task) -> Text:
        """The rate of the last seconds."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


BAR = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    Speed(),
    TimeRemainingColumn(),
)


def advancing(bar: Progress, task: TaskID) -> Callable[[], None]:
    """A function that moves the bar by one."""
    return lambda: bar.advance(task)


def figures(replayed: Replayed) -> dict[str, Any]:
    """The figures of a replay; times in seconds."""
    account, journal = replayed.account, replayed.journal
    clicks = [answer.seconds for answer in journal.answers.values() if answer.status == 201]
    return {
        "run": journal.run,
        "sales": len(replayed.plan.sales),
        "without_goods": replayed.plan.without_goods,
        "placed": account.placed,
        "refused": dict(Counter(f"{answer.status} {answer.problem}" for answer in journal.refused)),
        "completed": account.completed,
        "failed": dict(account.failed),
        "canceled": account.canceled,
        "open": account.open,
        "missing": account.missing,
        "twice": account.twice,
        "balanced": account.balanced,
        "repeated_requests": replayed.repeated,
        "placing_s": replayed.seconds,
        "placed_per_s": account.placed / replayed.seconds if replayed.seconds else 0.0,
        "completed_per_s": account.completed / account.seconds if account.seconds else 0.0,
        "click_to_answer_p50": percentile(clicks, 0.5),
        "click_to_answer_p99": percentile(clicks, 0.99),
        "created_to_completed_p50": percentile(account.delays_s, 0.5),
        "created_to_completed_p99": percentile(account.delays_s, 0.99),
    }


def show(replayed: Replayed) -> Table:
    """The figures as a table for people."""
    found, account = figures(replayed), replayed.account
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right")
    table.add_column()
    table.add_row(f"{found['placed']:,}", f"placed of {found['sales']:,} sales")
    for reason, count in found["refused"].items():
        table.add_row(f"{count:,}", f"refused by the shop: {reason}")
    table.add_row(f"{account.completed:,}", "completed")
    for reason, count in account.failed.most_common():
        table.add_row(f"{count:,}", f"failed: {reason}")
    table.add_row(f"{account.canceled:,}", "canceled")
    for name in ("open", "missing", "twice"):
        if found[name]:
            table.add_row(f"{found[name]:,}", f"[red]{name}[/]")
    table.add_row("", "placed = completed + failed + canceled" if account.balanced else "[red]does not add up[/]")
    table.add_row(f"{found['placed_per_s']:,.0f}", "placed a second")
    table.add_row(f"{found['completed_per_s']:,.0f}", "completed a second, the last one's end included")
    for name, words in (("click_to_answer", "click → answer"), ("created_to_completed", "created → completed")):
        p50, p99 = found[f"{name}_p50"], found[f"{name}_p99"]
        table.add_row(f"{p50:.3f} / {p99:.3f} s", f"{words}, p50 / p99")
    if replayed.repeated:
        table.add_row(f"{replayed.repeated:,}", "requests sent again")
    return table
