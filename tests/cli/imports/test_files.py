"""Rows come out of whatever a spreadsheet has written."""

from __future__ import annotations

import codecs
import gzip
from pathlib import Path

import pytest

from comanda.cli.imports.files import UnreadableFile, read_table
from comanda.cli.imports.ledger import Ledger
from comanda.cli.imports.rules import COLUMNS, ENCODING, UNREADABLE

TEXT = "sku,name\nA1,café\nB2,thé\n"


def values(path: Path, ledger: Ledger | None = None) -> list[list[str]]:
    return [row.values for row in read_table(path, ledger or Ledger()).rows]


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        TEXT.encode("cp1252"),
        gzip.compress(TEXT.encode(), mtime=0),
        gzip.compress(TEXT.encode("utf-16"), mtime=0),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace(",", ";").encode(),
        TEXT.replace(",", "\t").encode(),
        TEXT.replace("\n", "\n\n").encode(),
        b'sku,name\nA1,"caf\xc3\xa9"\nB2,th\xc3\xa9',
    ],
)
def test_every_usual_encoding_gives_the_same_rows(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    assert values(tmp_path / "a.csv") == [["A1", "café"], ["B2", "thé"]]


def test_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(codecs.BOM_UTF8 + TEXT.encode())
    assert read_table(tmp_path / "a.csv", Ledger()).header == ["sku", "name"]


def test_lines_that_are_not_utf8_are_counted(tmp_path: Path) -> None:
    ledger = Ledger()
    (tmp_path / "a.csv").write_bytes(TEXT.encode("cp1252"))
    values(tmp_path / "a.csv", ledger)
    assert ledger.remarks[ENCODING] == 2


def test_row_of_another_width_is_rejected_with_its_number(tmp_path: Path) -> None:
    ends = []
    ledger = Ledger(listener=ends.append)
    (tmp_path / "a.csv").write_text("sku,name\nA1,x\nB2\nC3,x,y\nD4,x\n")
    assert values(tmp_path / "a.csv", ledger) == [["A1", "x"], ["D4", "x"]]
    assert [(end.row.number, end.rule) for end in ends] == [(3, COLUMNS), (4, COLUMNS)]
    assert ledger.read == 4


def test_quotation_mark_that_never_closes_costs_one_row_not_the_import(tmp_path: Path) -> None:
    ledger = Ledger()
    (tmp_path / "a.csv").write_text('sku,name\nA1,x\nB2,"' + "y" * 140_000 + "\nC3,x\n")
    assert ["A1", "x"] in values(tmp_path / "a.csv", ledger)
    assert ledger.ends[UNREADABLE] >= 1


def test_empty_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    with pytest.raises(UnreadableFile, match="must name the columns"):
        values(tmp_path / "a.csv")


def test_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="cannot be read"):
        values(tmp_path / "a.csv")


def test_gzip_that_breaks_off_says_so(tmp_path: Path) -> None:
    whole = gzip.compress("\n".join(f"A{i},{i * 7919}" for i in range(5_000)).encode())
    (tmp_path / "a.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableFile, match="breaks off"):
        values(tmp_path / "a.csv.gz")
