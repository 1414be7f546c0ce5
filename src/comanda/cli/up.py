"""`comanda up`: start, say what there is, serve until asked to stop."""

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import structlog
from rich.console import Console

from comanda.cli.installation import CommandError
from comanda.cli.running import Running, default_data_dir
from comanda.runtime.all_in_one import AllInOne, Options
from comanda.runtime.server import PortTaken


async def serve(data_dir: Path | None, *, ephemeral: bool, demo: bool, host: str, port_base: int) -> int:
    """Run until SIGINT or SIGTERM; answers the exit code. Raises CommandError and PostgresError in one line."""
    begun = time.perf_counter()
    console = Console(highlight=False)
    with _folder(data_dir, ephemeral) as folder:
        installation = AllInOne(
            Options(data_dir=folder, host=host, port_base=port_base), on_database=lambda: _log_to(folder)
        )
        stop = _stop_signal()
        try:
            await installation.start()
        except PortTaken as error:
            raise CommandError(str(error)) from error
        ports = installation.ports()
        Running(os.getpid(), host, ports).write(folder)
        try:
            console.print(f"[bold]Comanda[/] is up after {time.perf_counter() - begun:.1f} s")
            console.print(f"  database   PostgreSQL in {folder}")
            for name, port in ports.items():
                console.print(f"  {name:<14} http://{host}:{port}/docs")
            await stop.wait()
            console.print("stopping: finishing what was let in …")
        finally:
            Running.forget(folder)
            await installation.stop()
    return 0


@contextlib.contextmanager
def _folder(data_dir: Path | None, ephemeral: bool) -> Iterator[Path]:
    if not ephemeral:
        yield (data_dir or default_data_dir()).expanduser().resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="comanda-"))
    try:
        yield folder / "data"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


def _log_to(folder: Path) -> None:
    """Structured logs, one JSON object a line, in the data directory."""
    logging.basicConfig(level=logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory((folder / "comanda.log").open("a", buffering=1)),
        cache_logger_on_first_use=True,
    )
