"""Import and replay against a running installation, as a user types them."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.imports.invoices import row, write
from tests.support.command_line import Up, comanda, port_base


def regular(number: int) -> list[str]:
    """A sale to the one customer."""
    day = f"2011-01-{1 + number % 28:02} 10:00:00"
    return row(invoice=str(600 + number), sku=str(20_000 + number % 7), quantity=2 + number % 3, time=day)


def guests(number: int) -> list[str]:
    """A sale to nobody known."""
    day = "2011-01-05 10:00:00"
    return row(invoice=str(600 + number), sku=str(30_000 + number % 5), quantity=1, customer="", time=day)


SALES = [
    *map(regular, range(40)),
    *map(guests, range(40, 60)),
    row(invoice="600", sku="POST", price="18", quantity=1, time="2011-01-01 10:00:00"),
    row(invoice="C700", sku="20000", quantity=-2, time="2011-02-01 10:00:00"),
    row(invoice="C700", sku="NEVER", quantity=-1, time="2011-02-01 10:00:00"),
    row(invoice="C701", sku="POST", price="18", quantity=-1, time="2011-02-02 10:00:00"),
    row(invoice="800", price="0.0"),
    row(invoice="801", quantity="many"),
]


@dataclass(frozen=True)
class Installation:
    """A running `comanda up`."""

    data_dir: Path

    def run(self, *arguments: str | Path, code: int = 0) -> str:
        """What a command prints; it must end with this code."""
        done = subprocess.run(
            [comanda(), *map(str, arguments), "--data-dir", str(self.data_dir)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments: str | Path, code: int = 0) -> Any:
        """The JSON that a command prints."""
        return json.loads(self.run(*arguments, "--json", code=code))


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """Started once for these tests; each uses invoices or products of its own."""
    folder = Path(tempfile.mkdtemp(prefix="comanda-test-"))
    folder.chmod(0o711)
    with port_base() as base, Up(folder / "data", base) as up:
        up.until("Ctrl-C")
        yield Installation(folder / "data")
    shutil.rmtree(folder)


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    return write(tmp_path, SALES)


def test_importing_twice_changes_nothing(installation: Installation, sales: Path) -> None:
    first = installation.json("import", "orders", "--format", "online-retail", sales)
    assert first["balanced"] and (first["read"], first["rejected"]) == (len(SALES), 2)
    assert first["orders"] == {"created": 60, "unchanged": 0, "changed": 0}
    assert first["credits"] == {"created": 3, "unchanged": 0, "changed": 0}
    assert first["products"]["created"] == 12
    again = installation.json("import", "orders", "--format", "online-retail", sales)
    assert again["orders"] == {"created": 0, "unchanged": 60, "changed": 0}
    assert again["credits"] == {"created": 0, "unchanged": 3, "changed": 0}
    assert again["products"]["unchanged"] == 12
    installation.json("audit")


def test_commandes_move_in_as_csv_or_json_and_only_once(installation: Installation, tmp_path: Path) -> None:
    samples, report = Path(__file__).parent / "imports" / "samples", tmp_path / "rejected.csv"
    arguments = ("import", "orders", "--format", "commandes", "--report", report)
    first = installation.json(*arguments, samples / "commandes.csv")
    assert (first["read"], first["used"], first["rejected"], first["balanced"]) == (15, 6, 9, True)
    assert first["orders"] == {"created": 6, "unchanged": 0, "changed": 0}
    assert report.read_text().count(",rejected,") == 9
    again = installation.json(*arguments, samples / "commandes.csv")
    assert again["orders"] == {"created": 0, "unchanged": 6, "changed": 0}
    as_json = installation.json(*arguments, samples / "commandes.json")
    assert as_json["orders"] == {"created": 0, "unchanged": 6, "changed": 0}
    installation.json("audit")


def test_report_names_rejected_and_credited_rows(installation: Installation, sales: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    installation.json("import", "orders", "--format", "online-retail", sales, "--report", report)
    lines = [line.split(",") for line in report.read_text().splitlines()[1:]]
    assert [line[2:4] for line in lines] == [
        ["credit", "credit-set"],
        ["credit", "credit-own"],
        ["credit", "credit-set"],
        ["rejected", "no-price"],
        ["rejected", "quantity"],
    ]


def test_every_replayed_sale_ends_and_shortages_fail(installation: Installation, tmp_path: Path) -> None:
    file, journal = write(tmp_path, SALES), tmp_path / "journal"
    arguments = ("replay", file, "--stock-share", "0.8", "--journal", journal)
    first = installation.json(*arguments)
    assert first["balanced"] and first["placed"] == first["sales"] == 60
    assert first["failed"] and first["completed"] + sum(first["failed"].values()) == 60
    again = installation.json(*arguments)
    assert (again["run"], again["placed"], again["completed"]) == (first["run"], 60, first["completed"])
    installation.json("audit")


def test_replay_goes_on_where_a_journal_ends(installation: Installation, tmp_path: Path) -> None:
    """As after a crash of the client: the last answers were never written down, the orders exist."""
    file, journal = write(tmp_path, SALES), tmp_path / "journal"
    first = installation.json("replay", file, "--journal", journal)
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-30]) + lines[-30][:10])
    again = installation.json("replay", file, "--journal", journal)
    assert again["balanced"] and (again["placed"], again["completed"]) == (60, first["completed"])
    answered = [json.loads(line) for line in journal.read_text().splitlines()]
    assert len({line["order"] for line in answered if line["what"] == "answered"}) == 60


def test_command_without_an_installation_says_so_in_one_line(tmp_path: Path, sales: Path) -> None:
    done = subprocess.run(
        [comanda(), "replay", str(sales), "--data-dir", str(tmp_path / "none")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("comanda: no Comanda is running") and done.stderr.count("\n") == 1
