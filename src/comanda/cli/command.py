"""What all commands share: the data directory option, and how errors end a command."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
import uvloop

from comanda.cli.installation import CommandError

T = TypeVar("T")

DataDir = Annotated[
    Path | None,
    typer.Option(
        help="Where the installation keeps everything; by default $COMANDA_DATA_DIR, else ~/.local/share/comanda.",
        show_default=False,
    ),
]


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a command's coroutine; an error a person can understand is one line and exit code 1."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work())
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except Exception as error:
        if _is_ours(error):
            fail(str(error))
        raise


def fail(message: str) -> NoReturn:
    """One line on standard error, exit code 1."""
    typer.echo(f"comanda: {' '.join(message.split())}", err=True)
    raise typer.Exit(1)


def _is_ours(error: Exception) -> bool:
    """Whether the error is a message for a person; the modules are imported only then."""
    from comanda.platform.data_dir import PostgresError
    from comanda.platform.migrations import MigrationError

    return isinstance(error, CommandError | PostgresError | MigrationError)
