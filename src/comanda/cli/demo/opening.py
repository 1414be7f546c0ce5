"""Opening the demo as `comanda up --demo` shows it: accounts, a live order, then the rest behind a progress bar."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from comanda.cli.demo import shop
from comanda.cli.demo.calls import Calls
from comanda.cli.demo.live import follow
from comanda.cli.demo.marker import Marker
from comanda.cli.demo.people import PEOPLE
from comanda.cli.installation import CommandError, Installation
from comanda.cli.welcome import Welcome
from comanda.kernel.ids import new_id

_logger = structlog.get_logger(__name__)


class Opening:
    """The demo of one installation."""

    def __init__(self, installation: Installation, folder: Path, console: Console, welcome: Welcome) -> None:
        self._calls = Calls(installation)
        self._folder = folder
        self._console = console
        self._welcome = welcome

    async def run(self) -> None:
        """Make what is missing of the demo and show an order; a failure is one line, and the services go on."""
        try:
            await self._run()
        except Exception as error:
            reason = str(error) if isinstance(error, CommandError | OSError) else f"{type(error).__name__}: {error}"
            _logger.exception("demo.not_filled")
            self._welcome.line("demo", f"is not complete, the next start goes on with it: {reason}")
        finally:
            self._calls.close()

    async def _run(self) -> None:
        marker = Marker.read(self._folder)
        if marker is None and not await shop.is_empty(self._calls):
            self._welcome.line("demo", "none: this installation has something of its own")
            self._welcome.stop(demo=False)
            return
        marker = marker or Marker()
        marker.write(self._folder)
        if not marker.filled:
            await shop.stock_shelves(self._calls)
            accounts = await shop.make_accounts(self._calls)
            self._welcome.accounts([(person.email, password) for person, password in accounts])
        await self._show_an_order()
        self._welcome.stop(demo=True)
        if not marker.filled:
            await self._fill()
            replace(marker, filled=True).write(self._folder)

    async def _show_an_order(self) -> None:
        order = await shop.place_live_order(self._calls, new_id())
        self._welcome.line("live order", f"{order['number']}: {_goods(order)}")
        self._welcome.line("", "", end="")
        first = True

        def on_state(state: str, seconds: float) -> None:
            nonlocal first
            self._welcome.more(state if first else f" → {state} {seconds:.2f} s")
            first = False

        try:
            await follow(self._calls, order, on_state)
        finally:
            self._welcome.more("", end="\n")

    async def _fill(self) -> None:
        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._console, transient=True, disable=not self._console.is_terminal) as bar:
            task = bar.add_task("filling   ", total=shop.STEPS)
            await shop.fill(self._calls, lambda: bar.advance(task))
        self._welcome.line("filled", f"{len(PEOPLE)} customers, {shop.ORDERS} orders of the last 90 days")


def _goods(order: dict[str, Any]) -> str:
    from babel.numbers import get_currency_precision

    total = order["totals"]["total"]
    places = get_currency_precision(total["currency"])
    lines = ", ".join(f"{line['quantity']} × {line['name']}" for line in order["lines"])
    return f"{lines}, {total['amount'] / 10**places:.{places}f} {total['currency']}"
