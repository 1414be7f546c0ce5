"""The documents that are generated from the code: OpenAPI files, JSON Schemas, AsyncAPI, tables of events and settings.

`python -m comanda.runtime.documents` writes them; a test fails when they are not what the code says.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from fastapi import FastAPI

from comanda import __version__
from comanda.contexts.ordering.dialects.app import dialect_app
from comanda.contexts.ordering.dialects.calls import Caller
from comanda.contexts.ordering.dialects.dialect import Dialect
from comanda.messaging import schemas
from comanda.messaging.api import dead_letter_access, dead_letter_router
from comanda.messaging.service import Context
from comanda.platform.auth import Verifier
from comanda.platform.http.app import create_app
from comanda.platform.http.documents import openapi_yaml
from comanda.platform.outbound import Outbound
from comanda.runtime.authorization_page import authorization_page
from comanda.runtime.contexts import CONTEXTS, DIALECTS
from comanda.runtime.settings_page import settings_page

ROOT = Path(__file__).parents[3]
EVENTS = Path("docs/events")

_EVENTS_PAGE = """# Events

Every event is declared once, by its publisher, in `contexts/<name>/contract/events.py`, and is never renamed or
narrowed: a change is a new version. `schemas/` holds the JSON Schema of each, `asyncapi.yaml` describes them all. This
page is generated (`make docs`).

"""


async def _no_keys() -> dict[str, Any]:
    raise AssertionError("nobody calls this application")


async def _is_ready() -> None:
    return None


def _reach(_: str, __: Caller) -> Outbound:
    raise AssertionError("nobody calls this application")


def app_of(context: Context) -> FastAPI:
    """A service's application without the service, good for its documents."""
    return create_app(
        service=context.name,
        title=f"Comanda {context.title}",
        description=context.description,
        routers=[*context.routers, dead_letter_router],
        access=context.access | dead_letter_access,
        verifier=Verifier(_no_keys),
        ready=_is_ready,
    )


def dialect_app_of(dialect: Dialect) -> FastAPI:
    """A dialect's application without ordering behind it, good for its documents."""
    return dialect_app(dialect, _reach, Verifier(_no_keys))


def openapi_of(context: Context) -> str:
    """The OpenAPI document of a service as YAML."""
    return openapi_yaml(app_of(context))


def apps() -> dict[str, FastAPI]:
    """Every application that there is, of services and of dialects, by its name."""
    return {context.name: app_of(context) for context in CONTEXTS} | {
        dialect.name: dialect_app_of(dialect) for dialect in DIALECTS
    }


def documents() -> Iterator[tuple[Path, str]]:
    """Every generated document: its path below the project's root, and its text."""
    for context in CONTEXTS:
        yield Path(f"src/comanda/contexts/{context.name}/openapi.yaml"), openapi_of(context)
    for dialect in DIALECTS:
        app = dialect_app_of(dialect)
        yield Path(f"src/comanda/contexts/ordering/dialects/{dialect.name}/openapi.yaml"), openapi_yaml(app)
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
