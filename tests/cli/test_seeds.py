"""The examples of all descriptions against a running installation, one of its dialects as a process of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from comanda.runtime.documents import ROOT
from tests.support.command_line import READY_S, Up, comanda, port_base, run_comanda, status_of

SCRIPT = ROOT / "docs/examples/seeds.sh"


@pytest.fixture(scope="module")
def installation() -> Iterator[tuple[Path, int]]:
    """A demo without `workflow`: its data directory and what its ports begin with."""
    folder = Path(tempfile.mkdtemp(prefix="comanda-seeds-"))
    folder.chmod(0o711)
    data = folder / "data"
    with port_base() as base, Up(data, base, "--demo", "--without", "workflow") as up:
        up.until("Ctrl-C")
        yield data, base
    shutil.rmtree(folder)


@contextmanager
def serving(name: str, said: Path, *options: str, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A `comanda serve`, as soon as it answers."""
    with said.open("wb") as out:
        process = subprocess.Popen(
            [comanda(), "serve", name, *options], stdout=out, stderr=subprocess.STDOUT, env=os.environ | environment
        )
    try:
        until = time.monotonic() + READY_S
        while "answers on" not in said.read_text():
            assert process.poll() is None and time.monotonic() < until, said.read_text()
            time.sleep(0.02)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(READY_S)


def test_the_examples_of_all_descriptions_run_twice(installation: tuple[Path, int], tmp_path: Path) -> None:
    data, base = installation
    environment = {"COMANDA": comanda(), "COMANDA_DATA_DIR": str(data), "COMANDA_PORT_BASE": str(base)}
    with serving("workflow", tmp_path / "said", "--data-dir", str(data)) as process:
        for _ in range(2):
            done = subprocess.run(
                [SCRIPT], env=os.environ | environment, capture_output=True, text=True, timeout=240, check=False
            )
            assert done.returncode == 0 and " 0 wrong" in done.stdout, done.stdout + done.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(READY_S) == 0


@pytest.mark.parametrize(
    ("dialect", "path"), [("pedidos", "/orders"), ("commandes", "/commandes/"), ("checkout", "/cart/nobody")]
)
def test_a_dialect_is_served_from_addresses_alone_within_its_own_limits(
    installation: tuple[Path, int], tmp_path: Path, dialect: str, path: str
) -> None:
    data, base = installation
    token = run_comanda("token", "--role", "staff", "--data-dir", data).stdout.strip()
    environment = {
        "COMANDA_ORDERING_URL": f"http://127.0.0.1:{base + 5}",
        "COMANDA_CARTING_URL": f"http://127.0.0.1:{base + 4}",
        "COMANDA_PROFILING_URL": f"http://127.0.0.1:{base + 1}",
        "COMANDA_DATA_DIR": str(tmp_path / "none"),
        "COMANDA_BODY_BYTES": "2048",
    }
    with serving(dialect, tmp_path / "said", "--port", str(base + 50), **environment):
        url, headers = f"http://127.0.0.1:{base + 50}{path}", {"Authorization": f"Bearer {token}"}
        assert status_of(urllib.request.Request(url, headers=headers)) == 200
        assert status_of(urllib.request.Request(url, b"x" * 2049, headers)) == 413


def test_what_cannot_be_served_is_said_in_one_line(installation: tuple[Path, int], tmp_path: Path) -> None:
    data, base = installation
    for options, words in (
        (("serve", "checkout", "--data-dir", data), (f"port {base - 915} for checkout", "--without checkout")),
        (("serve", "ordering", "--data-dir", data), ("`comanda up`",)),
        (("serve", "klingon", "--data-dir", data), ("workflow",)),
        (("serve", "checkout", "--data-dir", tmp_path), ("no Comanda is running",)),
        (("up", "--without", "klingon", "--data-dir", tmp_path), ("there is no dialect klingon",)),
    ):
        done = run_comanda(*options)
        assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
        assert done.stderr.startswith("comanda: ") and all(word in done.stderr for word in words), done.stderr
