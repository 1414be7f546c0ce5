"""A Comanda of the benchmark's own: started as a user starts it, in a data directory that is thrown away."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

READY_S = 60.0
STOP_S = 30.0
SERVICES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12)


def free_port_base() -> int:
    """A number above which every service finds its port free: beside other installations, and other benchmarks."""
    for base in range(19_000, 32_000, 100):
        if not any(_answers(base + service) for service in SERVICES):
            return base
    raise SystemExit("There are no free ports.")


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


PORT_BASE = free_port_base()


class Server:
    """`comanda up` on a data directory. Times are seconds from the start of the process until every port is ready."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._process: subprocess.Popen[bytes] | None = None
        self._log = data_dir.with_suffix(".log")

    def start(self) -> float:
        """Start, wait until every service is ready, return how long that took."""
        began = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command("up", "--data-dir", str(self.data_dir), "--port-base", str(PORT_BASE)),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for service in SERVICES:
            self._wait_for(f"http://127.0.0.1:{PORT_BASE + service}/health/ready", began + READY_S)
        return time.perf_counter() - began

    def stop(self) -> None:
        """Stop as Ctrl-C does; stops the program when it does not end by itself."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise SystemExit(f"The server did not stop within {STOP_S:g} s; see {self._log}") from None
        self._process = None
        if code not in (0, -signal.SIGTERM):
            raise SystemExit(f"The server ended with {code}; see {self._log}")

    def kill(self) -> None:
        """SIGKILL: no goodbye, nothing finished. Its PostgreSQL may live on; the next start deals with that."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def token(self) -> str:
        """An admin's token."""
        return self.ask("token", "--role", "admin")

    def dsn(self) -> str:
        """URL of the database's superuser."""
        return self.ask("db-url")

    def audit(self) -> dict[str, Any]:
        """The audit's answer; stops the program when an invariant is broken."""
        done = self._run("audit", "--json")
        if done.returncode != 0:
            raise SystemExit(f"comanda audit found breaches: {done.stdout}{done.stderr}")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def ask(self, *arguments: str) -> str:
        """What a command prints about this installation."""
        done = self._run(*arguments)
        if done.returncode != 0:
            raise SystemExit(f"comanda {' '.join(arguments)} failed: {done.stderr.strip()}")
        return done.stdout.strip()

    def processes(self) -> list[psutil.Process]:
        """The server's own process, PostgreSQL's postmaster, and all that they have started and still live."""
        roots = [psutil.Process(self.pid)]
        lock = self.data_dir / "postgres" / "postmaster.pid"
        if lock.exists():
            roots.append(psutil.Process(int(lock.read_text().split()[0])))
        found = {process.pid: process for root in roots for process in [root, *root.children(recursive=True)]}
        return list(found.values())

    @property
    def pid(self) -> int:
        """The server's own process."""
        if self._process is None:
            raise SystemExit("The server does not run.")
        return self._process.pid

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*arguments, "--data-dir", str(self.data_dir)), capture_output=True, text=True, check=False
        )

    def _wait_for(self, url: str, until: float) -> None:
        while True:
            if self._process is None or self._process.poll() is not None:
                raise SystemExit(f"The server ended while it started; see {self._log}")
            try:
                with urllib.request.urlopen(url, timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                if time.perf_counter() > until:
                    raise SystemExit(f"{url} is not ready; see {self._log}") from None
                time.sleep(0.02)


def command(*arguments: str) -> list[str]:
    """The `comanda` of the environment that runs this program."""
    return [str(Path(sys.executable).with_name("comanda")), *arguments]


@contextmanager
def fresh_server() -> Iterator[Server]:
    """A server on a new data directory, not started yet; both are gone at the end."""
    parent = Path(tempfile.mkdtemp(prefix="comanda-bench-", dir=os.environ.get("COMANDA_BENCH_DIR")))
    parent.chmod(0o711)
    server = Server(parent / "data")
    try:
        yield server
        server.stop()
        shutil.rmtree(parent)
    except BaseException:
        server.stop()
        raise
