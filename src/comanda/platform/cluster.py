"""PostgreSQL's files: made once, checked at every start."""

import os
import shutil
import tempfile
from pathlib import Path

from comanda.platform.data_dir import DataDir, DataDirError, PostgresError
from comanda.platform.log_file import last_complaint
from comanda.platform.programs import MAJOR_VERSION, Programs

SUPERUSER = "comanda"

_DRAFT = "postgres.new."
_CONF = "comanda.conf"

_INITDB = (
    f"--username={SUPERUSER}",
    "--auth=scram-sha-256",
    "--set=scram_iterations=1",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)


async def create_cluster(data: DataDir, programs: Programs, socket_dir: Path, *, durable: bool) -> None:
    """initdb beside the final place, moved there once it is whole and, if `durable`, on disk.

    Every attempt has a folder of its own: a killed one may leave an initdb behind that still writes.
    Raises PostgresError or OSError, and leaves nothing.
    """
    password_file = socket_dir / "password"
    draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=data.path))
    try:
        password_file.touch(mode=0o600)
        password_file.write_text(data.make_password())
        programs.own(password_file)
        programs.own(draft)
        places = (f"--pgdata={draft}", f"--pwfile={password_file}")
        status, said = await programs.run("initdb", *_INITDB, *places, *(() if durable else ("--no-sync",)))
        if status != 0:
            raise failure(data, "PostgreSQL cannot create its files", last_complaint(said))
        _move(draft, data.cluster)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    finally:
        password_file.unlink(missing_ok=True)


def _move(draft: Path, cluster: Path) -> None:
    """Rename a folder, so that after a crash of the machine it has the new name if anything came after."""
    draft.rename(cluster)
    parent = os.open(cluster.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)


def drop_drafts(data: DataDir) -> None:
    """Remove what killed attempts at `create_cluster` left; what still resists goes the next time."""
    for draft in data.path.glob(f"{_DRAFT}*"):
        shutil.rmtree(draft, ignore_errors=True)


def drop_cluster(data: DataDir) -> None:
    """Throw PostgreSQL's files away, all or none: what a kill leaves of them is a draft that the next start drops."""
    if data.cluster.exists():
        doomed = data.path / f"{_DRAFT}dropped"
        _move(data.cluster, doomed)
        shutil.rmtree(doomed)


def check_cluster(data: DataDir) -> None:
    """Raises DataDirError when the files are of another PostgreSQL than ours."""
    version = (data.cluster / "PG_VERSION").read_text().strip()
    if version != MAJOR_VERSION:
        raise DataDirError(
            f"The data directory {data.path} was made by PostgreSQL {version}; this Comanda brings"
            f" {MAJOR_VERSION}. Dump it with the old one and restore the dump with this one."
        )


def write_conf(data: DataDir, programs: Programs, text: str) -> Path:
    """Put our settings beside PostgreSQL's own; the postmaster is pointed at them."""
    path = data.cluster / _CONF
    draft = path.with_suffix(".new")
    draft.write_text(text)
    programs.own(draft)
    draft.replace(path)
    return path


def failure(data: DataDir, what: str, reason: str) -> PostgresError:
    """The one line to say when one of PostgreSQL's programs gave up."""
    if "No space left on device" in reason:
        return data.full()
    return PostgresError(f"{what}: {reason.rstrip('.')}. Its log is {data.log}.")
