"""The application of a dialect, made like that of a service."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from comanda import __version__
from comanda.contexts.ordering.dialects.calls import Caller, Reach
from comanda.contexts.ordering.dialects.dialect import Dialect
from comanda.kernel.errors import ComandaError
from comanda.kernel.ids import new_trace
from comanda.platform.auth import ANONYMOUS, Verifier
from comanda.platform.http.app import create_app
from comanda.platform.http.edge import Edge
from comanda.platform.http.limits import DEFAULT_LIMITS, HttpLimits
from comanda.platform.http.problems import problem_of


def dialect_app(dialect: Dialect, reach: Reach, verifier: Verifier) -> FastAPI:
    """The application: ready when ordering is, and answering ordering's errors as ordering does."""

    async def ready() -> str | None:
        try:
            answer = await reach("ordering", Caller(ANONYMOUS, None, new_trace())).call("GET", "/health/ready")
        except ComandaError as error:
            return error.detail
        return None if answer.status == 200 else "Ordering is not ready."

    surface = dialect.surface()
    app = create_app(
        service=dialect.name,
        title=dialect.title,
        description=dialect.description,
        routers=list(surface.routers),
        access=surface.access,
        verifier=verifier,
        ready=ready,
        state={"reach": reach, "passed_on": _passed_on},
        version=dialect.version or __version__,
        language=dialect.language,
    )
    app.add_exception_handler(ComandaError, _as_it_was_said)
    return app


def _passed_on(function: Callable[..., Any]) -> set[type[ComandaError]]:
    from comanda.contexts.ordering.dialects.behind import passed_on  # the services' routes: for the documents alone

    return passed_on(function)


async def _as_it_was_said(_: Request, error: Exception) -> Response:
    assert isinstance(error, ComandaError)
    return problem_of(error, code=error.data.pop("cause", error.code))


class LazyApp:
    """A dialect's application, built in a thread of its own by the first request."""

    def __init__(self, dialect: Dialect, reach: Reach, verifier: Verifier, limits: HttpLimits = DEFAULT_LIMITS) -> None:
        self._dialect, self._reach, self._verifier, self._limits = dialect, reach, verifier, limits
        self._edge: ASGIApp | None = None
        self._building = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if self._edge is None:
            await asyncio.to_thread(self._build)
        assert self._edge is not None
        await self._edge(scope, receive, send)

    def _build(self) -> None:
        with self._building:
            if self._edge is None:
                app = dialect_app(self._dialect, self._reach, self._verifier)
                self._edge = Edge(app, app.routes, self._dialect.name, self._limits)
