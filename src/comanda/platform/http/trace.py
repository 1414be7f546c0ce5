"""The trace of a request, in its log lines, its events and its answer (W3C Trace Context)."""

import re
from secrets import token_hex

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_TRACEPARENT = re.compile(rb"^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$")

TRACE = "comanda.trace"


class Tracing:
    """Takes the trace id from `traceparent`, or begins one, and answers it as `Trace-Id`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its trace."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace = _trace_of(scope) or token_hex(16)
        scope[TRACE] = trace
        header = (b"trace-id", trace.encode())

        async def send_with_trace(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        structlog.contextvars.bind_contextvars(trace=trace)
        await self._app(scope, receive, send_with_trace)


def _trace_of(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"traceparent" and (match := _TRACEPARENT.match(value)):
            return match.group(1).decode()
    return None
