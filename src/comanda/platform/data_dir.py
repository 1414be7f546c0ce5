"""The data directory of an installation: who may use it, what lies where in it, and its secret.

VERSION             the layout this page describes
lock                held (flock) by the process that runs this installation
postgres/           the PostgreSQL cluster
postgres.log        its log; postgres.log.1 is the part before
postgres.password   the password of its superuser, for the owner's eyes only
run/                its socket, unless the path is too long for one
running.json        where a running `comanda up` listens
demo.json           this installation is a demo
comanda.log         what `comanda up` has to say, a JSON object a line
"""

import errno
import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path

LAYOUT = "1"
"""The layout of the data directory. A release that changes it raises the number and brings the upgrade."""

PRIVATE_GID = 5432
"""The group PostgreSQL gets when root starts it. It may pass the data directory, and owns nothing else."""


class PostgresError(Exception):
    """PostgreSQL cannot do what was asked of it. The message is one line for whoever started Comanda."""


class DataDirError(PostgresError):
    """The data directory cannot be used: taken, unwritable, full, or made by another version."""


class DataDir:
    """One data directory. Looking is free; `claim` makes it this process's own until `release` or death."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()
        self.cluster = self.path / "postgres"
        self.log = self.path / "postgres.log"
        self._password_file = self.path / "postgres.password"
        self._version_file = self.path / "VERSION"
        self._lock: int | None = None

    def claim(self) -> None:
        """Create the directory if need be and take it; the lock ends with this process, however it ends.

        Raises DataDirError when another process has it, it cannot be written, or it is none of ours.
        """
        try:
            self._create()
            self._lock = self._take_lock()
            try:
                self._check_version()
            except BaseException:
                self.release()
                raise
        except OSError as error:
            raise self.unusable(error) from error

    def release(self) -> None:
        """Let another process have the directory."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def claimed(self) -> bool:
        """Whether this object holds the directory."""
        return self._lock is not None

    def holder(self) -> int | None:
        """The process that has claimed the directory; None when nobody has. Raises DataDirError."""
        try:
            lock = os.open(self.path / "lock", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self.unusable(error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(os.read(lock, 20).decode(errors="replace").strip() or 0) or None
        finally:
            os.close(lock)
        return None

    def password(self) -> str:
        """The superuser's password. Raises DataDirError where it cannot be read."""
        try:
            return self._password_file.read_text().strip()
        except OSError as error:
            raise self.unusable(error) from error

    def make_password(self) -> str:
        """The superuser's password, drawn and kept (readable by the owner alone) if there is none yet."""
        if not self._password_file.exists():
            _write_durably(self._password_file, secrets.token_hex(32) + "\n")
        return self.password()

    def unusable(self, error: OSError) -> DataDirError:
        """The one line to say when the file system refuses."""
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return self.full()
        reason = error.strerror or str(error)
        return DataDirError(f"The data directory {self.path} cannot be used: {error.filename}: {reason}.")

    def full(self) -> DataDirError:
        """The one line to say when the disk is full."""
        return DataDirError(f"The disk that holds the data directory {self.path} is full.")

    def _create(self) -> None:
        if self.path.is_dir():
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            self.path.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(self.path, -1, PRIVATE_GID)
                self.path.chmod(0o710)

    def _take_lock(self) -> int:
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(lock, 20).decode(errors="replace").strip() or "unknown"
            os.close(lock)
            raise DataDirError(
                f"The data directory {self.path} is in use by another Comanda (process {owner})."
            ) from None
        with suppress(OSError):  # on a full disk the lock holds all the same
            os.truncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        return lock

    def _check_version(self) -> None:
        try:
            version = self._version_file.read_text().strip()
        except FileNotFoundError:
            self._found()
            return
        if version != LAYOUT:
            raise DataDirError(
                f"The data directory {self.path} belongs to another version of Comanda"
                f" (layout {version or 'unknown'}, this one reads {LAYOUT})."
            )

    def _found(self) -> None:
        """Make a new installation of an empty directory; what is not empty may be somebody else's."""
        ours = {"lock", "lost+found"}
        strangers = sorted(
            entry.name for entry in self.path.iterdir() if entry.name not in ours and entry.name[0] != "."
        )
        if strangers:
            raise DataDirError(
                f"{self.path} is not a data directory of Comanda: it has no VERSION and holds {strangers[0]}."
            )
        _write_durably(self._version_file, LAYOUT + "\n")


def _write_durably(path: Path, text: str) -> None:
    """Write a small file whole or not at all, readable by its owner alone."""
    draft = path.with_name(f".{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, text.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    draft.replace(path)
