"""The folder of PostgreSQL's socket: private, and with a path short enough for one."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from comanda.platform.data_dir import PostgresError
from comanda.platform.postgres_conf import PORT

_LONGEST_SOCKET_PATH = 107
"""What fits into `sockaddr_un` on Linux, in bytes."""

_PREFIX = "comanda-"


def make_socket_dir(data_dir: Path) -> Path:
    """`run` in the data directory, or a new private folder in the temporary one where that path cannot serve.

    It is empty: the lock of a killed PostgreSQL would keep the next one out if its number is taken again, or was
    never given back (by a container whose first process does not wait for orphans).
    Raises PostgresError when no folder can.
    """
    own = data_dir / "run"
    if _fits(own):
        own.mkdir(mode=0o700, exist_ok=True)
        own.chmod(0o700)
        for leftover in own.iterdir():
            leftover.unlink()
        return own
    for parent in (tempfile.gettempdir(), "/tmp"):
        if _fits(Path(parent) / f"{_PREFIX}12345678"):
            return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    raise PostgresError("No folder has a path short enough for a socket: set TMPDIR to a shorter one.")


def remove_socket_dir(folder: Path, data_dir: Path) -> None:
    """Remove a folder that `make_socket_dir` made elsewhere; `run` stays, and so does anything else."""
    if folder.is_absolute() and folder.name.startswith(_PREFIX) and folder.parent != data_dir:
        shutil.rmtree(folder, ignore_errors=True)


def _fits(folder: Path) -> bool:
    """Whether a socket can be there: the path is short and has nothing that PostgreSQL's setting would read."""
    path = str(folder / f".s.PGSQL.{PORT}")
    return len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH and re.fullmatch(r"/[\w./@=+-]+", path) is not None
