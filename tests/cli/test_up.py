"""`comanda up`, as somebody types it who sees it for the first time, and for the second."""

import json
import re
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from tests.support.command_line import Up, port_base, run_comanda, status_of


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's user may pass."""
    folder = Path(tempfile.mkdtemp(prefix="comanda-up-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def base() -> Iterator[int]:
    with port_base() as base:
        yield base


def one_line(command: str, **environment: str) -> str:
    """What a command says that must end with one line and 1."""
    done = run_comanda(*command.split(), **environment)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stderr.startswith("comanda: ") and done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stdout
    return done.stderr


def test_the_first_minute_of_a_demo(folder: Path, base: int) -> None:
    """Everything the first start shows; that the second keeps the secrets; that a reset begins anew."""
    data = folder / "data"
    with Up(data, base, "--demo") as up:
        said = up.until("filled")
        assert re.search(r"live order .*\n +created → reserved .* → paid .* → shipping_scheduled .* → completed", said)
        assert said.count(" password ") == 3 and said.count("\n") <= 20, "the admin and two customers"
        token = run_comanda("token", "--role", "staff", "--data-dir", data).stdout
        assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", token), "the bare token on one line"
        assert_every_state(data)
        assert up.stop(signal.SIGINT) == 0
        assert up.said.splitlines()[-1].startswith("stopped in ")
    with Up(data, base, "--demo") as up:
        assert "password" not in up.until("live order").split("live order")[0]
        up.until("completed")
        assert len(orders(data)) == 301, "each start of a demo shows another order"
        done = run_comanda("demo", "reset", "--yes", "--data-dir", data)
        assert done.returncode == 0, done.stderr + up.said
        assert up.said.count(" password ") == 3, "new accounts are shown where it runs"
        assert len(orders(data)) == 300
        assert up.stop() == 0
    assert run_comanda("demo", "reset", "--yes", "--data-dir", data).returncode == 0
    assert not (data / "postgres").exists()


def orders(data: Path) -> list[dict[str, Any]]:
    """All orders, as staff see them."""
    token = run_comanda("token", "--role", "staff", "--data-dir", data).stdout.strip()
    port = json.loads((data / "running.json").read_text())["ports"]["ordering"]
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        url = f"http://127.0.0.1:{port}/orders?limit=200{cursor}"
        request = Request(url, headers={"authorization": f"Bearer {token}"})
        with urlopen(request) as answer:
            page = json.load(answer)
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={quote(page['next_cursor'])}"


def assert_every_state(data: Path) -> None:
    found = orders(data)
    assert len(found) == 300
    assert {order["status"] for order in found} == {
        *("created", "reserved", "paid", "shipping_scheduled", "completed", "failed", "canceled")
    }
    facets = {order["fulfillment"]["status"] for order in found}
    assert facets >= {"pending", "scheduled", "shipped", "delivered", "returned"}
    audit = json.loads(run_comanda("audit", "--json", "--data-dir", data).stdout)
    assert audit["clean"], audit


def test_an_installation_without_demo_survives_an_early_stop_and_is_never_emptied(folder: Path, base: int) -> None:
    data = folder / "data"
    with Up(data, base) as up:
        while not (data / "lock").exists():
            assert up.said == ""
        assert up.stop() == 0, up.said
        assert up.said == "stopped before it was up\n"
    limits = {"COMANDA_BODY_BYTES": "2048", "COMANDA_REQUESTS_PER_MINUTE": "20", "COMANDA_LIMIT_LOOPBACK": "true"}
    with Up(data, base, **limits) as up:
        assert "demo" not in up.until("Ctrl-C")
        assert_limited(base)
        assert "in use by another Comanda" in one_line(f"up --data-dir {data} --port-base {base}")
        assert "is no demo" in one_line(f"demo reset --yes --data-dir {data}")
        assert up.stop() == 0


def assert_limited(base: int) -> None:
    """The limits that the environment sets hold for a service and for a dialect, and for both together."""
    too_large = [status_of(Request(f"http://127.0.0.1:{base + port}/orders", b"x" * 2049)) for port in (5, -914)]
    assert too_large == [413, 413]
    asked = [status_of(f"http://127.0.0.1:{base + port}/health/live") for port in (5, -914) for _ in range(10)]
    assert asked[:18] == [200] * 18 and asked[-1] == 429


def test_a_taken_port_is_named(folder: Path, base: int) -> None:
    with socket.create_server(("127.0.0.1", base + 6)):
        said = one_line(f"up --data-dir {folder / 'data'} --port-base {base}")
    assert f"port {base + 6} for paying" in said and "--port-base" in said


@pytest.mark.parametrize("content", ["VERSION", "letter.txt"])
def test_a_folder_of_another_version_or_another_owner_is_left_alone(folder: Path, base: int, content: str) -> None:
    data = folder / "data"
    data.mkdir()
    (data / content).write_text("99\n")
    said = one_line(f"up --data-dir {data} --port-base {base}")
    assert ("another version" if content == "VERSION" else "not a data directory") in said
    assert (data / content).read_text() == "99\n"


def test_a_folder_that_cannot_be_made_is_named(folder: Path, base: int) -> None:
    (folder / "file").write_text("")
    said = one_line(f"up --data-dir {folder / 'file' / 'data'} --port-base {base}")
    assert "cannot be used" in said


def test_production_refuses_the_demo(folder: Path, base: int) -> None:
    data = folder / "data"
    assert "without --demo" in one_line(f"up --demo --data-dir {data} --port-base {base}", COMANDA_ENV="production")
    assert "not 'live'" in one_line(f"up --data-dir {data} --port-base {base}", COMANDA_ENV="live")
    data.mkdir()
    (data / "demo.json").write_text('{"generation": 1, "filled": true}')
    assert "is a demo" in one_line(f"up --data-dir {data} --port-base {base}", COMANDA_ENV="production")
    assert not (data / "postgres").exists()
