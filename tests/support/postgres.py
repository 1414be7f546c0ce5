"""One PostgreSQL for a whole test session, with a migrated database to clone.

It lives in a folder named after the process that leads the session (pytest, or xdist's controller). Whichever
worker needs it first starts it, under a file lock; the leader stops it in the end. A leader that was killed
leaves both behind, and the next session clears them away.
"""

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from comanda.platform.migrations import find_schemas, migrate
from comanda.platform.postgres import EmbeddedPostgres, PostgresError

_ROOM_BYTES = 2 * 1024**3

_CONNECTIONS = 600
"""A shop opens up to a hundred, and every worker may have one open while another closes."""


def session_dir(leader: int) -> Path:
    """Where the session led by this process keeps its PostgreSQL."""
    return _sessions() / str(leader)


def shared_postgres(folder: Path) -> EmbeddedPostgres:
    """The session's PostgreSQL, running and migrated; started by whoever asks first."""
    folder.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(folder / "lock"):
        postgres = EmbeddedPostgres(folder / "data", durable=False, max_connections=_CONNECTIONS)
        try:
            postgres.pid  # noqa: B018 - raises when it does not run
        except PostgresError:
            asyncio.run(_start(postgres))
    return postgres


async def _start(postgres: EmbeddedPostgres) -> None:
    await postgres.start()
    try:
        await migrate(postgres.superuser_dsn, find_schemas(postgres.password_for))
    except BaseException:
        await postgres.stop()
        raise


def end_session(folder: Path) -> None:
    """Stop the session's PostgreSQL, if one was started, and remove all it kept."""
    if (folder / "data").exists():
        asyncio.run(EmbeddedPostgres(folder / "data", durable=False).stop_left_behind())
    shutil.rmtree(folder, ignore_errors=True)


def clear_abandoned_sessions() -> None:
    """End the sessions whose leader is gone."""
    for folder in _sessions().glob("[0-9]*"):
        if not lives(int(folder.name)):
            end_session(folder)


def lives(pid: int) -> bool:
    """Whether a process runs; where nobody waits for orphans, a dead one keeps its number."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _sessions() -> Path:
    """In memory where there is room: a clone then takes 15 ms instead of 40."""
    memory = Path("/dev/shm")
    usable = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _ROOM_BYTES
    folder = (memory if usable else Path(tempfile.gettempdir())) / f"comanda-tests-{os.geteuid()}"
    folder.mkdir(mode=0o711, exist_ok=True)
    return folder


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
