"""The installation in a data directory, as the commands find it: running, with its ports, its database, its keys."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from comanda.cli.installation import CommandError
from comanda.platform.auth import Role
from comanda.platform.postgres import EmbeddedPostgres

DATA_DIR_VARIABLE = "COMANDA_DATA_DIR"
TOKEN_LIFETIME_S = 12 * 3600
_STATE = "running.json"


def default_data_dir() -> Path:
    """`COMANDA_DATA_DIR`, else `comanda` below the user's data directory (XDG)."""
    named = os.environ.get(DATA_DIR_VARIABLE)
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "comanda"


@dataclass(frozen=True, slots=True)
class Running:
    """What a running `comanda up` leaves in its data directory for the other commands."""

    pid: int
    host: str
    ports: dict[str, int]
    dialects: dict[str, int] = field(default_factory=dict)

    def write(self, data_dir: Path) -> None:
        """Leave the note."""
        path = data_dir / _STATE
        path.write_text(json.dumps(asdict(self)))
        path.chmod(0o600)

    @staticmethod
    def forget(data_dir: Path) -> None:
        """Take the note away."""
        (data_dir / _STATE).unlink(missing_ok=True)

    @classmethod
    def read(cls, data_dir: Path) -> "Running | None":
        """The note of a process that lives; None when there is none."""
        try:
            note = cls(**json.loads((data_dir / _STATE).read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return note if psutil.pid_exists(note.pid) else None


class LocalInstallation:
    """The running installation of a data directory on this machine."""

    def __init__(self, data_dir: Path, running: Running) -> None:
        self.data_dir = data_dir
        self.running = running
        self.postgres = EmbeddedPostgres(data_dir)

    @classmethod
    def find(cls, data_dir: Path | None = None) -> "LocalInstallation":
        """The installation of a data directory (None: the default one). Raises CommandError when it is not running."""
        folder = (data_dir or default_data_dir()).expanduser().resolve()
        running = Running.read(folder)
        if running is None:
            raise CommandError(f"no Comanda is running on {folder}: start one with `comanda up --data-dir {folder}`")
        return cls(folder, running)

    def url(self, service: str) -> str:
        """The base URL of a service or dialect."""
        host = f"[{self.running.host}]" if ":" in self.running.host else self.running.host
        ports = self.running.ports | self.running.dialects
        try:
            return f"http://{host}:{ports[service]}"
        except KeyError as error:
            raise CommandError(f"there is no service {service}; there are {', '.join(ports)}") from error

    @property
    def services(self) -> list[str]:
        """The names of all services."""
        return list(self.running.ports)

    @property
    def superuser_dsn(self) -> str:
        """A libpq URL of the database's superuser."""
        return self.postgres.superuser_dsn

    async def token(self) -> str:
        """An admin's token for the commands themselves."""
        return await self.token_of("admin", "cli")

    async def token_of(self, role: Role, subject: str | None, lifetime_s: int = TOKEN_LIFETIME_S) -> str:
        """A token for a principal, signed with the installation's key."""
        from comanda.contexts.profiling.signing_keys import issue_token
        from comanda.platform.database import connect

        connection = await connect(self.superuser_dsn, service="profiling")
        try:
            permissions = ("*",) if role == "staff" else ()
            return await issue_token(connection, role, subject, permissions, lifetime_s)
        finally:
            await connection.close()
