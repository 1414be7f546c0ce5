"""Rows out of JSON files: an array of objects, an object that holds one, or an object a line."""

from __future__ import annotations

import codecs
import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from comanda.cli.imports.files import GZIP, Progress, Table, UnreadableFile
from comanda.cli.imports.ledger import Ledger, Row
from comanda.cli.imports.rules import UNREADABLE

BEGINS = (b"[", b"{")


def is_json(path: Path) -> bool:
    """Whether a file begins as JSON does; it may be gzip. Raises UnreadableFile."""
    return _bytes(path, 256).removeprefix(codecs.BOM_UTF8).lstrip()[:1] in BEGINS


def read_objects(path: Path, ledger: Ledger, progress: Progress) -> Table:
    """The objects of a file as rows: their members in the columns, numbers as they are written, null as nothing.

    What is no object ends in the ledger at once. Raises UnreadableFile for what is no JSON.
    """
    found = _parsed(_bytes(path), path)
    progress.reach(progress.done + path.stat().st_size)
    header = list(dict.fromkeys(name for item in found if isinstance(item, dict) for name in item))
    return Table(header, _rows(path, found, header, ledger))


def _rows(path: Path, found: list[Any], header: list[str], ledger: Ledger) -> Iterator[Row]:
    for number, item in enumerate(found, 1):
        ledger.read += 1
        if isinstance(item, dict):
            yield Row(path.name, number, [_cell(item.get(name)) for name in header])
        else:
            ledger.end(Row(path.name, number, [_cell(item)]), UNREADABLE, detail="no object")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _parsed(content: bytes, path: Path) -> list[Any]:
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode()
        try:
            found = json.loads(text, parse_float=str)
        except json.JSONDecodeError:
            found = [json.loads(line, parse_float=str) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"{path} is no JSON: {error}.") from error
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        found = lists[0] if len(lists) == 1 else [found]
    return list(found)


def _bytes(path: Path, most: int = -1) -> bytes:
    try:
        with path.open("rb") as raw:
            if raw.peek(2)[:2] == GZIP:
                return gzip.GzipFile(fileobj=raw).read(most)
            return raw.read(most)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFile(f"{path} cannot be read: {error}.") from error
