"""The page that lists every document and every operation."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from comanda.runtime.postman import operations

_HEAD = """# The API

Every service and every dialect describes itself in OpenAPI 3.1: as a file here, and when it runs at `/openapi.json` and
`/openapi.yaml`, with pages to read and try it at `/docs` and `/redoc`. `comanda.postman_collection.json` beside this
page holds all of them as one collection for Postman, Insomnia or Bruno. This page is generated (`make docs`).

Errors are problem details (RFC 9457). Their `type` is stable, and each operation lists those that it may answer; any
answer carries `Trace-Id`. Names of operations (`operationId`) are stable too: a test keeps those that were published.

| document | port | what |
| --- | --- | --- |
"""


def api_page(documents: Mapping[str, Mapping[str, Any]], ports: Mapping[str, int], files: Mapping[str, Path]) -> str:
    """The page; `files` are where the documents are, seen from the project's root."""
    rows = [
        f"| [{name}](../../{files[name]}) | {ports[name]} | {_first_line(document['info']['description'])} |\n"
        for name, document in documents.items()
    ]
    return _HEAD + "".join(rows) + "".join(_section(name, document) for name, document in documents.items())


def _section(name: str, document: Mapping[str, Any]) -> str:
    return f"\n## {name}\n\n| operation | | |\n| --- | --- | --- |\n" + "".join(_rows(document))


def _rows(document: Mapping[str, Any]) -> Iterator[str]:
    for path, method, operation in operations(document):
        summary = operation["summary"].replace("|", "\\|")
        yield f"| {operation['operationId']} | {method} {path} | {summary} |\n"


def _first_line(text: str) -> str:
    return " ".join(text.split("\n\n")[0].replace("**", "").split())
