"""`/openapi.json`, `/openapi.yaml`, `/docs` and `/redoc`, with their assets served from here."""

from functools import cache
from importlib.metadata import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

from comanda.platform.http.routing import CheckedRoute

ASSETS = "fastapi-offline"
"""The distribution that carries Swagger UI and Redoc; its Python code is not used."""

NO_ICON = "data:,"
"""An icon's address that asks nobody."""

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri", "examples": ["urn:comanda:problem:not-found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}}},
        },
    },
}


def openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of a service, with its error answers and who may call each route."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        schemas["Problem"] = PROBLEM_SCHEMA
        components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
        for route in app.routes:
            if isinstance(route, CheckedRoute) and route.include_in_schema:
                for method in route.methods or ():
                    _complete(document["paths"][route.path_format][method.lower()], route)
        app.openapi_schema = document
    return app.openapi_schema


def openapi_yaml(app: FastAPI) -> str:
    """The same as YAML."""
    import yaml  # seldom asked for, and slow to import

    return yaml.safe_dump(openapi(app), sort_keys=False, allow_unicode=True, width=120)


def _complete(operation: dict[str, Any], route: CheckedRoute) -> None:
    answers = operation["responses"]
    answers.pop("422", None)
    access = route.access
    assert access is not None
    errors = {"default": "Any other error, as problem details."}
    if "parameters" in operation or "requestBody" in operation:
        errors = {"422": "Fields that are not valid.", **errors}
    if "anonymous" not in access.roles:
        errors = {"401": "No bearer token, or one that is not valid.", "403": "A role that may not do this.", **errors}
        operation["security"] = [{"bearer": []}]
    elif access.owner:
        operation["security"] = [{}, {"bearer": []}]
    if "{" in route.path:
        errors = {"404": "There is none, or it is not yours to see.", **errors}
    for status, text in sorted(errors.items()):
        content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        answers.setdefault(status, {"description": text, "content": content})


def add_documents(app: FastAPI) -> None:
    """Serve the documents and the pages that show them."""

    async def as_json(_: Request) -> Response:
        return JSONResponse(openapi(app))

    async def as_yaml(_: Request) -> Response:
        return Response(openapi_yaml(app), media_type="application/yaml")

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

    app.add_route("/openapi.json", as_json, include_in_schema=False)
    app.add_route("/openapi.yaml", as_yaml, include_in_schema=False)
    app.add_route("/docs", swagger, include_in_schema=False)
    app.add_route("/redoc", redoc, include_in_schema=False)
    app.mount("/assets", StaticFiles(directory=_assets()), name="assets")


@cache
def _assets() -> Path:
    """The folder of the pages' scripts and styles."""
    script = next(file for file in files(ASSETS) or () if file.name == "redoc.standalone.js")
    return Path(str(script.locate())).parent
