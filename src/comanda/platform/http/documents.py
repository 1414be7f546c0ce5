"""`/openapi.json`, `/openapi.yaml`, `/docs` and `/redoc`, with their assets served from here."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

from comanda.platform.http.description import describe

ASSETS = "fastapi-offline"
"""The distribution that carries Swagger UI and Redoc; its Python code is not used."""

NO_ICON = "data:,"
"""An icon's address that asks nobody."""


def openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of a service, made when it is asked for the first time."""
    if app.openapi_schema is None:
        app.openapi_schema = describe(app)
    return app.openapi_schema


def as_yaml(document: Mapping[str, Any]) -> str:
    """A document as YAML."""
    import yaml  # seldom asked for, and slow to import

    return yaml.dump(document, Dumper=_plain(yaml), sort_keys=False, allow_unicode=True, width=120)


def _plain(yaml: Any) -> Any:
    """A dumper that writes everything out: aliases are not what readers of OpenAPI expect."""

    class Plain(yaml.SafeDumper):  # type: ignore[misc]
        def ignore_aliases(self, data: Any) -> bool:
            return True

    return Plain


def add_documents(app: FastAPI) -> None:
    """Serve the documents and the pages that show them."""

    async def in_json(_: Request) -> Response:
        return JSONResponse(openapi(app))

    async def in_yaml(_: Request) -> Response:
        return Response(as_yaml(openapi(app)), media_type="application/yaml")

    async def swagger(_: Request) -> Response:
        return get_swagger_ui_html(
            openapi_url="openapi.json",
            title=app.title,
            swagger_js_url="assets/swagger-ui-bundle.js",
            swagger_css_url="assets/swagger-ui.css",
            swagger_favicon_url=NO_ICON,
        )

    async def redoc(_: Request) -> Response:
        return get_redoc_html(
            openapi_url="openapi.json",
            title=app.title,
            redoc_js_url="assets/redoc.standalone.js",
            redoc_favicon_url=NO_ICON,
            with_google_fonts=False,
        )

    app.add_route("/openapi.json", in_json, include_in_schema=False)
    app.add_route("/openapi.yaml", in_yaml, include_in_schema=False)
    app.add_route("/docs", swagger, include_in_schema=False)
    app.add_route("/redoc", redoc, include_in_schema=False)
    app.mount("/assets", StaticFiles(directory=_assets()), name="assets")


@cache
def _assets() -> Path:
    """The folder of the pages' scripts and styles."""
    script = next(file for file in files(ASSETS) or () if file.name == "redoc.standalone.js")
    return Path(str(script.locate())).parent
