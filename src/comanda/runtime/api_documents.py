"""The documents about the API: an OpenAPI file a service and dialect, a Postman collection and a page of all."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from comanda.contexts.ordering.dialects.app import dialect_app
from comanda.contexts.ordering.dialects.calls import Caller
from comanda.contexts.ordering.dialects.dialect import Dialect
from comanda.messaging.api import dead_letter_access, dead_letter_router
from comanda.messaging.service import Context
from comanda.platform.auth import Verifier
from comanda.platform.http.app import create_app
from comanda.platform.http.documents import as_yaml, openapi
from comanda.platform.outbound import Outbound
from comanda.runtime.api_page import api_page
from comanda.runtime.contexts import CONTEXTS
from comanda.runtime.dialects import DIALECTS
from comanda.runtime.postman import collection

API = Path("docs/api")

PORTS = {context.name: context.port for context in CONTEXTS} | {dialect.name: dialect.port for dialect in DIALECTS}

FILES = {context.name: Path(f"src/comanda/contexts/{context.name}/openapi.yaml") for context in CONTEXTS} | {
    dialect.name: Path(f"src/comanda/contexts/ordering/dialects/{dialect.name}/openapi.yaml") for dialect in DIALECTS
}


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


@cache
def apps() -> dict[str, FastAPI]:
    """Every application that there is, of services and of dialects, by its name; made once, like its document."""
    return {context.name: app_of(context) for context in CONTEXTS} | {
        dialect.name: dialect_app_of(dialect) for dialect in DIALECTS
    }


def api_documents() -> Iterator[tuple[Path, str]]:
    """Every document about the API: its path below the project's root, and its text."""
    documents = {name: _with_server(name, openapi(app)) for name, app in apps().items()}
    for name, document in documents.items():
        yield FILES[name], as_yaml(document)
    yield API / "comanda.postman_collection.json", collection(documents, PORTS)
    yield API / "README.md", api_page(documents, PORTS, FILES)


def _with_server(name: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as a file, which has to say where the service answers by default."""
    here = {"url": f"http://127.0.0.1:{PORTS[name]}", "description": "comanda up"}
    return {"openapi": document["openapi"], "info": document["info"], "servers": [here]} | dict(document)
