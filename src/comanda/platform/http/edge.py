"""What every request passes first: its trace, the limits on its body, the metrics; and the short way for hot routes."""

import re
import time
from collections.abc import Iterable
from typing import Any

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from comanda.kernel.errors import ComandaError
from comanda.kernel.ids import new_trace
from comanda.platform.http.limits import BODILESS, DEFAULT_LIMITS, BodyLimits, HttpLimits, Refused
from comanda.platform.http.metrics import Measured
from comanda.platform.http.problems import problem_of, problem_of_failure
from comanda.platform.http.routing import Handler, HotRequest, HotRoute

TRACE = "comanda.trace"

GONE = 499
"""Counted for a client that left before its request was complete."""

_TRACEPARENT = re.compile(rb"^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$")


class Edge:
    """The outside of a service's application.

    The trace id comes from `traceparent` (W3C Trace Context) or begins here, and is answered as `Trace-Id`. Routes
    declared with HotRoute and without path parameters are called from here, past the framework's own layers.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[Any], service: str, limits: HttpLimits = DEFAULT_LIMITS) -> None:
        self._app = app
        self._hot: dict[tuple[str, str], tuple[Handler, HotRoute]] = {
            (method, route.path): (route.get_route_handler(), route)
            for route in routes
            if isinstance(route, HotRoute) and "{" not in route.path
            for method in route.methods or ()
        }
        self._limits = BodyLimits(limits)
        self._measured = Measured(service)
        self.fastapi = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        trace = _trace_of(scope) or new_trace()
        scope[TRACE] = trace
        structlog.contextvars.bind_contextvars(trace=trace)
        header = (b"trace-id", trace.encode())
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        content = b""
        try:
            if scope["method"] not in BODILESS:
                receive = body = await self._limits.body(scope, receive)
                content = body.content
            hot = self._hot.get((scope["method"], scope["path"]))
            if hot is None:
                await self._app(scope, receive, answer)
            else:
                scope["app"] = self._app
                handle, scope["route"] = hot
                response = await _answer_hot(handle, HotRequest(scope, receive, content))
                await response(scope, receive, answer)
        except Refused as refused:
            await refused.answer(scope, receive, answer)
        except ClientDisconnect:
            status = status or GONE
        except Exception:
            if status != 500:  # else the framework has logged and answered it, and raises it once more for the server
                raise
        finally:
            self._measured.answered(scope, status or 500, time.perf_counter() - begun)


async def _answer_hot(handle: Handler, request: HotRequest) -> Response:
    try:
        return await handle(request)
    except ComandaError as error:
        return problem_of(error)
    except Exception as error:
        return problem_of_failure(request, error)


def _trace_of(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"traceparent" and (match := _TRACEPARENT.match(value)):
            return match.group(1).decode()
    return None
