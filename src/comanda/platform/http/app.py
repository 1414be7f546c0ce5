"""The application of one service: its routes, the authorization table, errors, health and documents."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from comanda import __version__
from comanda.platform.auth import Verifier
from comanda.platform.http.access import AccessTable
from comanda.platform.http.documents import add_documents
from comanda.platform.http.metrics import metrics
from comanda.platform.http.problems import add_error_handlers, problem
from comanda.platform.http.routing import grant

Ready = Callable[[], Awaitable[str | None]]


def create_app(
    *,
    service: str,
    title: str,
    description: str,
    routers: list[APIRouter],
    access: AccessTable,
    verifier: Verifier,
    ready: Ready,
    origins: tuple[str, ...] = (),
    state: dict[str, Any] | None = None,
    version: str = __version__,
    language: str = "en",
) -> FastAPI:
    """A service's application. `ready()` answers None, or why the service cannot work now.

    `language` is the one its documents are written in: en, fr or pt.
    """
    app = FastAPI(title=title, version=version, description=description, openapi_url=None, docs_url=None)
    for router in routers:
        app.router.routes.extend(router.routes)
    grant(app.router.routes, access)
    add_error_handlers(app)
    app.state.verifier = verifier
    app.state.language = language
    for name, value in (state or {}).items():
        setattr(app.state, name, value)
    _add_health(app, service, ready)
    add_documents(app)
    if origins:
        app.add_middleware(CORSMiddleware, allow_origins=list(origins), allow_methods=["*"], allow_headers=["*"])
    return app


def _add_health(app: FastAPI, service: str, ready: Ready) -> None:
    async def is_live(_: Request) -> Response:
        return Response('{"status":"ok"}', media_type="application/json")

    async def is_ready(_: Request) -> Response:
        problem_found = await ready()
        if problem_found is not None:
            return problem(503, "not-ready", problem_found)
        return Response(f'{{"status":"ok","service":"{service}"}}', media_type="application/json")

    app.add_route("/health/live", is_live, include_in_schema=False)
    app.add_route("/health/ready", is_ready, include_in_schema=False)
    app.add_route("/metrics", metrics, include_in_schema=False)
