"""As whom PostgreSQL runs: as ourselves, or, since it refuses to be root, as somebody with fewer rights."""

import os
import pwd
import stat
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from comanda.platform import unprivileged
from comanda.platform.data_dir import PRIVATE_GID, PostgresError

_ROOT = 0


@dataclass(frozen=True, slots=True)
class Identity:
    """A user to run as, and the one capability it needs to get at its files, if any."""

    uid: int
    gid: int
    capability: int | None

    def command(self, program: Path, *arguments: str) -> list[str]:
        """What root runs so that `program` runs as this identity, with the same process id."""
        capability = "-" if self.capability is None else str(self.capability)
        script = unprivileged.__file__
        return [
            *(sys.executable, "-I", "-S", script),
            *(str(self.uid), str(self.gid), capability),
            *(str(program), *arguments),
        ]


def identity_for(cluster: Path, used: Iterable[Path]) -> Identity | None:
    """Who runs the cluster: None for ourselves; for root the cluster's owner, at first `nobody`.

    `used` are the folders it must reach. Where the way to one is closed to it, as below /root, it gets a
    capability to pass rather than the folders wider rights.
    Raises PostgresError when root has no way to do this.
    """
    if os.geteuid() != _ROOT:
        return None
    uid, gid = _owner(cluster)
    closed = [path for path in used if not _reachable(path, uid, gid)]
    return Identity(uid, gid, _passing_capability(closed[0]) if closed else None)


def _owner(cluster: Path) -> tuple[int, int]:
    """A group of its own keeps other processes of `nobody` away from the data."""
    if not cluster.exists():
        return _nobody(), PRIVATE_GID
    status = cluster.stat()
    if status.st_uid == _ROOT:
        raise PostgresError(f"{cluster} belongs to root, as whom PostgreSQL refuses to run: chown it to a user.")
    return status.st_uid, status.st_gid


def _nobody() -> int:
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        raise PostgresError(
            "PostgreSQL refuses to run as root, and this system has no user `nobody` to run it as instead:"
            " start Comanda as an ordinary user."
        ) from None


def _reachable(path: Path, uid: int, gid: int) -> bool:
    """Whether every folder down to `path` may be passed by the user, judged by the plain mode bits."""
    folders = [folder for folder in (path, *path.parents) if folder.is_dir()]
    return all(_passable(folder.stat(), uid, gid) for folder in folders)


def _passable(status: os.stat_result, uid: int, gid: int) -> bool:
    if status.st_uid == uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _passing_capability(closed: Path) -> int:
    """The weakest capability we have that passes closed folders."""
    if sys.platform == "linux":
        ours = _permitted_capabilities()
        for capability in (unprivileged.CAP_DAC_READ_SEARCH, unprivileged.CAP_DAC_OVERRIDE):
            if ours & (1 << capability):
                return capability
    raise PostgresError(
        f"PostgreSQL refuses to run as root, and the user it runs as instead cannot reach {closed}:"
        " start Comanda as an ordinary user, or from a folder that others may pass."
    )


def _permitted_capabilities() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapPrm:"):
            return int(line.split()[1], 16)
    return 0
