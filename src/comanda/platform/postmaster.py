"""The postmaster, PostgreSQL's first process: which one serves a cluster, whether it is ready, and its end.

All of it is read from outside, so that a postmaster left behind by a killed process is handled like our own.
"""

import asyncio
import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from comanda.platform.data_dir import PostgresError

FAST_SHUTDOWN_S = 30.0
"""How long a fast shutdown may take: it writes what is in memory to disk."""

IMMEDIATE_SHUTDOWN_S = 10.0
"""How long an immediate shutdown may take before the process is killed; the next start recovers from that too."""


@dataclass(frozen=True, slots=True)
class PidFile:
    """What `postmaster.pid` says; PostgreSQL writes it line by line while it starts."""

    pid: int
    socket_dir: Path | None
    """None while it is not yet written."""
    status: str
    """`starting` (crash recovery included), `ready`, `stopping`; empty while it cannot be known."""

    @classmethod
    def read(cls, cluster: Path) -> "PidFile | None":
        """The file of this cluster, or None when there is none or it is not yet written."""
        try:
            lines = (cluster / "postmaster.pid").read_text(errors="replace").splitlines()
            pid = abs(int(lines[0]))
        except (OSError, ValueError, IndexError):
            return None
        lines += [""] * (8 - len(lines))
        return cls(pid=pid, socket_dir=Path(lines[4].strip()) if lines[4].strip() else None, status=lines[7].strip())


def find_postmaster(cluster: Path) -> PidFile | None:
    """The living postmaster of this cluster, or None; a number another process has by now is none."""
    found = PidFile.read(cluster)
    if found is None or not _is_postmaster(found.pid, cluster):
        return None
    return found


def _is_postmaster(pid: int, cluster: Path) -> bool:
    """Judged by the command line: unlike the working directory, another user's may be read everywhere."""
    try:
        arguments = psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
    return (
        len(arguments) >= 3
        and Path(arguments[0]).name == "postgres"
        and arguments[1] == "-D"
        and arguments[2] == str(cluster)
    )


def disown_reused_pid(cluster: Path) -> None:
    """Make the file of a postmaster that was killed harmless if its number is another living process's by now.

    PostgreSQL would take that process for the postmaster and refuse to start. It never minds its own parent, so
    the parent's number is put there; the rest of the file, by which it finds children of the killed one that
    still linger, stays as it is. To be called once no postmaster lives, by the process that will start the next.
    """
    path = cluster / "postmaster.pid"
    found = PidFile.read(cluster)
    if found is not None and found.pid != os.getpid() and psutil.pid_exists(found.pid):
        _, _, rest = path.read_text().partition("\n")
        path.write_text(f"{os.getpid()}\n{rest}")


async def stop_postmaster(cluster: Path, child: subprocess.Popen[bytes] | None = None) -> None:
    """End the postmaster of this cluster, fast and clean; harder, in steps, if it does not obey.

    `child` is given when it is a child of this process, which then has to be waited for.
    Returns when it is gone. Raises PostgresError when it cannot be ended.
    """
    steps = (
        (signal.SIGINT, FAST_SHUTDOWN_S),
        (signal.SIGQUIT, IMMEDIATE_SHUTDOWN_S),
        (signal.SIGKILL, IMMEDIATE_SHUTDOWN_S),
    )
    for number, seconds in steps:
        pid = _living(cluster, child)
        if pid is None:
            return
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        except PermissionError:
            raise PostgresError(f"PostgreSQL (process {pid}) belongs to another user; stop it first.") from None
        with suppress(TimeoutError):
            await _until_gone(cluster, child, seconds)
            return
    raise PostgresError(f"PostgreSQL (process {_living(cluster, child)}) does not stop.")


def _living(cluster: Path, child: subprocess.Popen[bytes] | None) -> int | None:
    if child is not None:
        return child.pid if child.poll() is None else None
    found = find_postmaster(cluster)
    return found.pid if found else None


async def _until_gone(cluster: Path, child: subprocess.Popen[bytes] | None, seconds: float) -> None:
    pause = 0.002
    end = time.monotonic() + seconds
    while _living(cluster, child) is not None:
        if time.monotonic() > end:
            raise TimeoutError
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 0.1)
