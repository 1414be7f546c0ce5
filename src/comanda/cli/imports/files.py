"""Rows out of CSV files: plain or gzip, of any size, in the encodings that spreadsheets write."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from comanda.cli.imports.ledger import Ledger, Row
from comanda.cli.imports.rules import COLUMNS, ENCODING, UNREADABLE
from comanda.cli.installation import CommandError

GZIP = b"\x1f\x8b"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class UnreadableFile(CommandError):
    """The file as a whole cannot be imported; the message is one line for its owner."""


@dataclass(slots=True)
class Progress:
    """How far the reading is, in bytes as they lie on the disk (gzip: compressed)."""

    done: int = 0

    def reach(self, done: int) -> None:
        """Called after every 1,000 lines and at the end of a file."""
        self.done = done


@dataclass(frozen=True, slots=True)
class Table:
    """A file's header and the rows below it, read while they are asked for."""

    header: list[str]
    rows: Iterator[Row]


def read_table(path: Path, ledger: Ledger, progress: Progress | None = None) -> Table:
    """Open a file; rows that are no rows end in the ledger at once, empty lines count as nothing.

    Raises UnreadableFile where there is no file, no header or no text.
    """
    lines = text_lines(path, ledger, progress or Progress())
    try:
        first = next(lines, None)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFile(f"{path} cannot be read: {error}.") from error
    if first is None or not first.strip():
        raise UnreadableFile(f"{path} is empty: its first line must name the columns.")
    delimiter = max(",;\t|", key=first.count)
    header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter))]
    return Table(header, _rows(path, lines, delimiter, len(header), ledger))


def _rows(path: Path, lines: Iterator[str], delimiter: str, width: int, ledger: Ledger) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=delimiter)
    number = 1
    while True:
        number += 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            ledger.read += 1
            ledger.end(Row(path.name, number, []), UNREADABLE, detail=str(error))
            continue
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableFile(f"{path} breaks off after row {number - 1}: {error}.") from error
        if not values:
            continue
        ledger.read += 1
        row = Row(path.name, number, values)
        if len(values) == width:
            yield row
        else:
            ledger.end(row, COLUMNS, detail=f"{len(values)} columns, the header has {width}")


def text_lines(path: Path, ledger: Ledger, progress: Progress) -> Iterator[str]:
    """The lines of a file: UTF-8 with or without a byte order mark, UTF-16 with one, else Windows-1252."""
    before = progress.done
    with path.open("rb") as raw:
        source: io.BufferedReader | gzip.GzipFile = raw
        if raw.peek(2)[:2] == GZIP:
            source = gzip.GzipFile(fileobj=raw)
        if source.peek(2)[:2] in UTF_16:
            yield from io.TextIOWrapper(source, "utf-16", errors="replace", newline="")
            return
        for number, line in enumerate(source):
            yield _decode(line if number else line.removeprefix(codecs.BOM_UTF8), ledger)
            if number % 1_000 == 0:
                progress.reach(before + raw.tell())
        progress.reach(before + raw.tell())


def _decode(line: bytes, ledger: Ledger) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        ledger.remark(ENCODING)
        return line.decode("cp1252", errors="replace")
