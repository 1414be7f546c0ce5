"""The documents that are generated from the code: about the API, JSON Schemas, AsyncAPI, tables of events and settings.

`python -m comanda.runtime.documents` writes them; a test fails when they are not what the code says.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import yaml

from comanda import __version__
from comanda.messaging import schemas
from comanda.runtime.api_documents import api_documents
from comanda.runtime.authorization_page import authorization_page
from comanda.runtime.contexts import CONTEXTS
from comanda.runtime.dialects import DIALECTS
from comanda.runtime.settings_page import settings_page

ROOT = Path(__file__).parents[3]
EVENTS = Path("docs/events")

_EVENTS_PAGE = """# Events

Every event is declared once, by its publisher, in `contexts/<name>/contract/events.py`, and is never renamed or
narrowed: a change is a new version. `schemas/` holds the JSON Schema of each, `asyncapi.yaml` describes them all. This
page is generated (`make docs`).

"""


def documents() -> Iterator[tuple[Path, str]]:
    """Every generated document: its path below the project's root, and its text."""
    yield from api_documents()
    for event in schemas.published():
        text = json.dumps(schemas.schema_of(event), indent=2, ensure_ascii=False) + "\n"
        yield EVENTS / "schemas" / f"{event.TYPE}.json", text
    described = yaml.safe_dump(schemas.asyncapi(__version__), sort_keys=False, allow_unicode=True, width=120)
    yield EVENTS / "asyncapi.yaml", described
    consumers = {context.name: context.reactions.types for context in CONTEXTS if context.reactions is not None}
    yield EVENTS / "README.md", _EVENTS_PAGE + schemas.table(consumers)
    yield Path("docs/guides/settings.md"), settings_page(CONTEXTS)
    yield Path("docs/guides/authorization.md"), authorization_page(CONTEXTS, DIALECTS)


def main() -> None:
    """Write the documents that differ from what the code says."""
    for path, text in documents():
        file = ROOT / path
        if not file.exists() or file.read_text() != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)


if __name__ == "__main__":
    main()
