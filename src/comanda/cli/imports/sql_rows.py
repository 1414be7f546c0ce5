"""Rows of one table out of a dump in SQL: the COPY block of pg_dump, the INSERT statements of mysqldump or pg_dump."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from comanda.cli.imports.files import Progress, Table, UnreadableFile, text_lines
from comanda.cli.imports.ledger import Ledger, Row
from comanda.cli.imports.rules import COLUMNS, UNREADABLE

_NAME = r"""(?:[\w`"]+\.)?[`"]?{table}[`"]?"""
_LIST = r"\s*(?:\((?P<columns>[^)]*)\))?\s*"
_LITERAL = re.compile(
    r"""\s*(?:E?'(?P<text>(?:[^'\\]|\\.|'')*)'|(?P<bare>[^\s,()';]+))(?:::[\w ]+)?\s*(?P<end>[,)])""", re.DOTALL
)
BETWEEN = ", \t\r\n"
LONGEST_TUPLE = 1_000_000
_ESCAPED = re.compile(r"\\(.)|''", re.DOTALL)
_MEANT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": ""}

BEGINS = ("--", "/*", "INSERT ", "COPY ", "CREATE ", "SET ", "BEGIN", "DROP ", "START ", "USE ")
"""How a dump may begin."""


def is_sql(first: str) -> bool:
    """Whether the first line of a file is that of a dump."""
    return first.lstrip("\ufeff").upper().startswith(BEGINS)


def read_dump(path: Path, table: str, columns: Sequence[str], ledger: Ledger, progress: Progress) -> Table:
    """The rows of a table of a dump. `columns`: those of the table, where its statements do not name them.

    What is no row ends in the ledger at once. Raises UnreadableFile.
    """
    return Table(list(columns), _rows(path, table, columns, ledger, progress))


def _rows(path: Path, table: str, columns: Sequence[str], ledger: Ledger, progress: Progress) -> Iterator[Row]:
    name = _NAME.format(table=re.escape(table))
    copying = re.compile(rf"COPY\s+{name}{_LIST}FROM\s+stdin;", re.IGNORECASE)
    inserting = re.compile(rf"INSERT\s+INTO\s+{name}{_LIST}VALUES\s*", re.IGNORECASE)
    lines = _whole(path, text_lines(path, ledger, progress))
    number = 0
    for line in lines:
        if found := copying.match(line):
            records: Iterator[list[str] | None] = _copied(lines)
        elif found := inserting.match(line):
            records = _inserted(line[found.end() :], lines)
        else:
            continue
        names = [part.strip(' `"\n') for part in found["columns"].split(",")] if found["columns"] else list(columns)
        for values in records:
            number += 1
            ledger.read += 1
            row = Row(path.name, number, values or [])
            if values is None:
                ledger.end(row, UNREADABLE, detail="no SQL")
            elif len(values) != len(names):
                ledger.end(row, COLUMNS, detail=f"{len(values)} values for {len(names)} columns")
            else:
                given = dict(zip(names, values, strict=True))
                yield Row(path.name, number, [given.get(column, "") for column in columns])


def _whole(path: Path, lines: Iterator[str]) -> Iterator[str]:
    """The lines of a file that does not break off. Raises UnreadableFile."""
    try:
        yield from lines
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFile(f"{path} breaks off: {error}.") from error


def _copied(lines: Iterator[str]) -> Iterator[list[str] | None]:
    for line in lines:
        if line.rstrip("\r\n") == "\\.":
            return
        yield ["" if cell == "\\N" else _unescaped(cell) for cell in line.rstrip("\r\n").split("\t")]


def _inserted(text: str, lines: Iterator[str]) -> Iterator[list[str] | None]:
    """The tuples of a statement, which goes on over lines until its semicolon; None where it is no SQL."""
    at = 0
    while True:
        while at < len(text) and text[at] in BETWEEN:
            at += 1
        if text.startswith(";", at):
            return
        values, end = _tuple(text, at)
        if values is not None:
            yield values
            at = end
            continue
        following = next(lines, None)
        if following is None or len(text) - at > LONGEST_TUPLE:
            if text[at:].strip():
                yield None
            return
        text, at = text[at:] + following, 0


def _tuple(text: str, at: int) -> tuple[list[str] | None, int]:
    """The values of the tuple that begins there and where it ends; None when it does not end within the text."""
    values: list[str] = []
    if not text.startswith("(", at):
        return None, at
    at += 1
    while found := _LITERAL.match(text, at):
        bare = found["bare"]
        values.append(_unescaped(found["text"]) if bare is None else "" if bare.upper() == "NULL" else bare)
        at = found.end()
        if found["end"] == ")":
            return values, at
    return None, at


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: "'" if found[1] is None else _MEANT.get(found[1], found[1]), text)
