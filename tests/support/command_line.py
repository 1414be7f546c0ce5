"""The real command, as a person types it, and an installation that it started."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

READY_S = 60.0


def comanda() -> str:
    """The installed command."""
    return str(Path(sys.executable).with_name("comanda"))


def run_comanda(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        [comanda(), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=READY_S,
        check=False,
        env=os.environ | environment,
    )


def status_of(request: str | Request) -> int:
    """What a request over a socket is answered with."""
    try:
        with urlopen(request) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


@contextmanager
def port_base() -> Iterator[int]:
    """A number whose ports, services' and dialects', are free; while it is used, it is held against other tests."""
    for base in range(21_000, 32_000, 100):
        with socket.socket() as held:
            try:
                held.bind(("127.0.0.1", base))
            except OSError:
                continue
            if all(_is_free(base + port - 9000) for port in (*range(9001, 9013), 8001, 8084, 8085, 8086)):
                yield base
                return
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


class Up:
    """A `comanda up` on a data directory, and what it has printed so far."""

    def __init__(self, data_dir: Path, base: int, *options: str, **environment: str) -> None:
        self.data_dir = data_dir
        self._said = data_dir.with_name(f"{data_dir.name}.{time.monotonic_ns()}.out")
        with self._said.open("wb") as out:
            self._process = subprocess.Popen(
                [comanda(), "up", "--data-dir", str(data_dir), "--port-base", str(base), *options],
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=os.environ | environment,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.stop()

    @property
    def said(self) -> str:
        """What it has printed."""
        return self._said.read_text()

    def until(self, words: str, *, times: int = 1) -> str:
        """Wait until it has said this, so often; answers all it has said."""
        until = time.monotonic() + READY_S
        while self.said.count(words) < times:
            assert self._process.poll() is None and time.monotonic() < until, self.said
            time.sleep(0.02)
        return self.said

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; answers its exit code."""
        self._process.send_signal(number)
        return self._process.wait(READY_S)
