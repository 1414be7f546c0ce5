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
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog
from rich.console import Console

from comanda.cli.demo.marker import Marker
from comanda.cli.demo.opening import Opening
from comanda.cli.environment import foreign_services
from comanda.cli.first_admin import FirstAdmin
from comanda.cli.installation import CommandError
from comanda.cli.running import LocalInstallation, Running
from comanda.cli.welcome import Welcome
from comanda.platform.data_dir import DataDir
from comanda.platform.http.limits import HttpLimits
from comanda.platform.programs import MAJOR_VERSION
from comanda.runtime.all_in_one import AllInOne, Options
from comanda.runtime.http_settings import WrongSetting, http_limits
from comanda.runtime.server import PortTaken

RESET_SIGNAL = signal.SIGUSR1
"""Asks a running demo to begin anew."""


@dataclass(frozen=True, slots=True)
class Start:
    """What was asked for on the command line. Without a data directory it is a temporary one."""

    data_dir: Path | None
    demo: bool
    host: str
    port_base: int
    without: frozenset[str] = frozenset()
    admin: FirstAdmin = field(default_factory=FirstAdmin)


class Asked:
    """What signals have asked for: `stop` (INT, TERM, HUP), or `reset` of a demo."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.reset = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self.stop.set)
        loop.add_signal_handler(signal.SIGTERM, self.stop.set)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
            loop.add_signal_handler(signal.SIGHUP, self.stop.set)
        loop.add_signal_handler(RESET_SIGNAL, self.reset.set)

    async def end(self, folder: Path) -> None:
        """Wait until it is to end: stop for good, or begin anew, which only a demo does."""
        while not self.stop.is_set() and not (self.reset.is_set() and Marker.read(folder) is not None):
            self.reset.clear()
            await self._anything()

    async def _anything(self) -> None:
        waiting = [asyncio.create_task(event.wait()) for event in (self.stop, self.reset)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()


async def serve_all(start: Start, begun: float) -> int:
    """Run until asked to stop; answers the exit code. `begun` is when the command began (perf_counter).

    Raises CommandError and PostgresError in one line.
    """
    console = Console(highlight=False)
    asked = Asked()
    with _folder(start.data_dir) as folder:
        while await _serve_once(start, folder, asked, console, begun):
            begun = time.perf_counter()
            start = replace(start, demo=True)
    return 0


async def _serve_once(start: Start, folder: Path, asked: Asked, console: Console, begun: float) -> bool:
    """Start, serve, stop. True when a demo is to begin anew."""
    came_up = await _started(start, folder, asked)
    if came_up is None:
        console.print("stopped before it was up")
        return False
    installation, postgres_s = came_up
    ports, dialects = installation.ports(), installation.dialect_ports()
    stopping: float | None = None
    opening: asyncio.Task[None] | None = None
    try:
        _note(Running(os.getpid(), start.host, ports, dialects), folder)
        welcome = Welcome(console, start.host, ports, dialects)
        welcome.up(time.perf_counter() - begun, str(folder), f"PostgreSQL {MAJOR_VERSION}", postgres_s)
        if installation.first_admin is not None:
            welcome.admin(*installation.first_admin, chosen=start.admin.password is not None)
        if start.demo:
            shop = Opening(LocalInstallation.find(folder), folder, console, welcome)
            opening = asyncio.create_task(shop.run())
        else:
            welcome.stop(demo=False)
        await asked.end(folder)
        stopping = time.perf_counter()
    finally:
        Running.forget(folder)
        if opening is not None:
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
        await installation.stop()
        if stopping is not None:
            seconds = time.perf_counter() - stopping
            console.print(f"stopped in {seconds:.1f} s: what was let in is committed, PostgreSQL is down")
    return await _emptied(folder, asked, installation)


async def _started(start: Start, folder: Path, asked: Asked) -> tuple[AllInOne, float] | None:
    """The installation, and how long PostgreSQL took; None when it was asked to stop before everything answered."""
    begun = time.perf_counter()
    up_at: list[float] = []

    def on_database() -> None:
        up_at.append(time.perf_counter() - begun)
        _log_to(folder)

    options = Options(
        data_dir=folder,
        host=start.host,
        port_base=start.port_base,
        without=start.without,
        foreign_services=foreign_services(),
        limits=_limits(),
        admin_email=start.admin.email,
        admin_password=start.admin.password,
    )
    installation = AllInOne(options, on_database)
    starting = asyncio.create_task(installation.start())
    stop = asyncio.create_task(asked.stop.wait())
    await asyncio.wait((starting, stop), return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    try:
        if not starting.done():
            starting.cancel()
        await starting
    except asyncio.CancelledError:
        return None
    except PortTaken as error:
        holder = DataDir(folder).holder()
        if holder is not None:
            raise CommandError(f"{folder} is in use by another Comanda (process {holder})") from error
        hint = "`--port-base` moves all ports"
        if error.name in installation.dialect_ports():
            hint += f", `--without {error.name}` leaves this one out"
        raise CommandError(f"{error}; {hint}") from error
    return installation, up_at[0]


def _limits() -> HttpLimits:
    try:
        return http_limits(os.environ)
    except WrongSetting as error:
        raise CommandError(str(error)) from error


async def _emptied(folder: Path, asked: Asked, installation: AllInOne) -> bool:
    """Empty a demo if that was asked for; False when it was not, or this is no demo."""
    marker = Marker.read(folder)
    if asked.stop.is_set() or marker is None:
        return False
    asked.reset.clear()
    replace(marker, generation=marker.generation + 1, filled=False).write(folder)
    await installation.postgres.destroy()
    return True


def _note(running: Running, folder: Path) -> None:
    try:
        running.write(folder)
    except OSError as error:
        raise CommandError(f"the data directory {folder} cannot be written: {error.strerror}") from error


@contextlib.contextmanager
def _folder(data_dir: Path | None) -> Iterator[Path]:
    if data_dir is not None:
        yield data_dir
        return
    folder = Path(tempfile.mkdtemp(prefix="comanda-"))
    try:
        yield folder / "data"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
