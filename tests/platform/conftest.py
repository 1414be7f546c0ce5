"""Fixtures for the tests of the embedded PostgreSQL, which start their own."""

import asyncio
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from comanda.platform import unprivileged
from comanda.platform.identity import Identity
from comanda.platform.postgres import EmbeddedPostgres

ROOT = os.geteuid() == 0
REPOSITORY = Path(__file__).parents[2]


@dataclass(slots=True)
class Runner:
    """A process of its own that runs an embedded PostgreSQL."""

    process: subprocess.Popen[str]

    def line(self) -> str:
        """What it said: `ready URL` or `failed REASON`."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def dsn(self) -> str:
        """The superuser's URL, once it serves."""
        word, _, rest = self.line().partition(" ")
        assert word == "ready", rest
        return rest

    def kill(self) -> None:
        """End it as `kill -9` does: its PostgreSQL lives on."""
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """End it with SIGTERM; its exit status."""
        self.process.terminate()
        return self.process.wait()


Run = Callable[..., Runner]


@pytest.fixture
def run() -> Iterator[Run]:
    """Starts processes that run an embedded PostgreSQL, as ourselves or, for root, as `nobody`; ends them."""
    with ExitStack() as cleanup:

        def start(data_dir: Path, *, as_nobody: bool = False, **environment: str) -> Runner:
            module = ("-m", "tests.support.run_postgres", str(data_dir))
            command = [sys.executable, *module]
            if as_nobody:
                user = pwd.getpwnam("nobody")
                reader = Identity(user.pw_uid, user.pw_gid, unprivileged.CAP_DAC_READ_SEARCH)
                command = reader.command(Path(sys.executable), *module)
            process = subprocess.Popen(
                command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, env=os.environ | environment
            )
            cleanup.enter_context(process)
            cleanup.callback(process.terminate)
            return Runner(process)

        yield start


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """The path of a data directory that is not there yet, short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        yield Path(folder) / "data"


@pytest.fixture(scope="session")
def installed() -> Iterator[Path]:
    """A data directory that was started once, and rests."""

    async def start_once(folder: Path) -> None:
        async with EmbeddedPostgres(folder):
            pass

    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL does not run as root: it must pass
        asyncio.run(start_once(Path(folder) / "data"))
        yield Path(folder) / "data"


@pytest.fixture
def used(data_dir: Path, installed: Path) -> None:
    """The data directory has been started before; so nobody waits for initdb, which takes a second."""
    subprocess.run(["cp", "--archive", str(installed), str(data_dir)], check=True)


@pytest.fixture
def small_disk() -> Iterator[Callable[[int], Path]]:
    """Mounts a file system of so many megabytes; needs root."""
    if not ROOT:
        pytest.skip("only root may mount a file system")
    with ExitStack() as cleanup:

        def mount(megabytes: int, *, options: str = "") -> Path:
            folder = Path(tempfile.mkdtemp(prefix="disk-"))
            cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
            arguments = ["-t", "tmpfs", "-o", f"size={megabytes}m,mode=755{options}", "tmpfs", str(folder)]
            if subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode != 0:
                pytest.skip("this system does not let root mount a file system")
            cleanup.callback(subprocess.run, ["umount", "--lazy", str(folder)], check=True)
            return folder

        yield mount
