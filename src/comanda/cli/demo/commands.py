"""`comanda demo reset`: begin a demo anew.

A running demo empties itself: it finishes what it was let in, throws its database away, starts again and fills it. One
that is not running is emptied here, and filled by its next `comanda up --demo`. Nothing else is ever emptied: only what
`comanda up --demo` has begun carries the mark of a demo.
"""

import asyncio
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import psutil
import typer
from rich.console import Console

from comanda.cli.command import DataDir, run
from comanda.cli.demo.marker import Marker
from comanda.cli.environment import is_production
from comanda.cli.installation import CommandError

PATIENCE_S = 90.0
LOOK_S = 0.1

demo_app = typer.Typer(name="demo", help="The demo shop of `comanda up --demo`.", no_args_is_help=True)


@demo_app.callback()
def demo() -> None:
    """The demo shop of `comanda up --demo`."""


@demo_app.command()
def reset(
    data_dir: DataDir = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask whether everything may go.")] = False,
) -> None:
    """Throw away all that is in a demo, and fill it anew; new passwords are shown where it runs.

    Refused on an installation that `comanda up --demo` has not filled, and where COMANDA_ENV is production.
    """
    run(lambda: _reset(data_dir, yes))


async def _reset(data_dir: Path | None, yes: bool) -> None:
    from comanda.cli.running import default_data_dir
    from comanda.platform.data_dir import DataDir as Folder

    folder = (data_dir or default_data_dir()).expanduser().resolve()
    marker = Marker.read(folder)
    if is_production():
        raise CommandError("COMANDA_ENV is production: there is no demo to reset")
    if marker is None:
        raise CommandError(f"{folder} is no demo, so nothing in it is touched")
    if not yes:
        typer.confirm(f"Everything in {folder} will be lost. Go on?", abort=True)
    holder = Folder(folder).holder()
    if holder is None:
        await _empty(folder, marker)
    else:
        await _ask(folder, marker, holder)


async def _empty(folder: Path, marker: Marker) -> None:
    from comanda.platform.postgres import EmbeddedPostgres

    replace(marker, generation=marker.generation + 1, filled=False).write(folder)
    await EmbeddedPostgres(folder).destroy()
    typer.echo(f"{folder} is empty: `comanda up --demo` fills it")


async def _ask(folder: Path, marker: Marker, holder: int) -> None:
    """Ask the running demo, and wait until it is full again."""
    from comanda.cli.running import Running
    from comanda.cli.up import RESET_SIGNAL

    running = Running.read(folder)
    if running is None or running.pid != holder:
        raise CommandError(f"{folder} is in use by process {holder}, which is starting, stopping or no `comanda up`")
    os.kill(holder, RESET_SIGNAL)
    until = time.monotonic() + PATIENCE_S
    with Console(stderr=True).status("the demo is emptied and filled anew"):
        while not _renewed(Marker.read(folder), marker):
            if time.monotonic() > until or not psutil.pid_exists(holder):
                raise CommandError("the demo did not come back; see where it runs")
            await asyncio.sleep(LOOK_S)
    typer.echo("the demo is new; its accounts are shown where it runs")


def _renewed(now: Marker | None, before: Marker) -> bool:
    return now is not None and now.filled and now.generation > before.generation
