"""Errors as RFC 9457 problem details, with a stable `type` and never a stack trace."""

from typing import Any

import asyncpg
import msgspec
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from comanda.kernel.errors import ComandaError, TooMany, Unavailable
from comanda.platform.database import is_statement_timeout, is_transient

_logger = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"

STATUS_OF_KIND = {
    "invalid": 422,
    "not_found": 404,
    "conflict": 409,
    "precondition_failed": 412,
    "unauthenticated": 401,
    "forbidden": 403,
    "too_many": 429,
    "unavailable": 503,
}

_TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Conflict",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Unsupported media type",
    422: "Invalid request",
    429: "Too many requests",
    431: "Headers too large",
    500: "Something went wrong",
    503: "Try again in a moment",
}


def problem(status: int, code: str, detail: str, headers: dict[str, str] | None = None, /, **extra: Any) -> Response:
    """A problem document. `type` is `urn:comanda:problem:<code>`. What is `extra` never replaces a standard member."""
    body = problem_body(status, code, detail)
    body |= {name: value for name, value in extra.items() if name not in body}
    return Response(msgspec.json.encode(body), status, headers, MEDIA_TYPE)


def problem_body(status: int, code: str, detail: str) -> dict[str, Any]:
    """The standard members of a problem document."""
    return {
        "type": f"urn:comanda:problem:{code}",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
    }


def problem_of(error: ComandaError, *, code: str | None = None) -> Response:
    """The answer to an error of the business; `code` is the error's own unless another is given."""
    status = STATUS_OF_KIND[error.kind]
    headers = {}
    if isinstance(error, TooMany | Unavailable):
        headers["Retry-After"] = str(error.retry_after)
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="comanda"'
    return problem(status, code or error.code, error.detail, headers, **error.data)


def problem_of_validation(errors: list[Any]) -> Response:
    """422 with one entry for each wrong field: where (a JSON pointer) and why. Values sent are not repeated."""
    entries = [
        {"pointer": "/" + "/".join(str(part) for part in error["loc"]), "detail": error["msg"]} for error in errors
    ]
    if any(error["type"] == "json_invalid" for error in errors):
        return problem(400, "malformed-json", "The body is not valid JSON.")
    return problem(422, "validation", "The request has fields that are not valid.", errors=entries)


async def _comanda_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, ComandaError)
    return problem_of(error)


async def _validation_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError | ValidationError)
    return problem_of_validation(list(error.errors()))


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _CODE_OF_STATUS.get(error.status_code, "http")
    return problem(error.status_code, code, str(error.detail), dict(error.headers or {}))


def problem_of_failure(request: Request, error: Exception) -> Response:
    """What is not an error of the business: 503 for a database that is away or too busy, else 500, a defect of ours.

    Both are logged with their trace; the answer tells nothing of it. After a lost connection nobody knows whether the
    last transaction has committed, so the caller is told to send the request again rather than that it failed.
    """
    if is_transient(error) or is_statement_timeout(error):
        _logger.warning("request.database_away", method=request.method, path=request.url.path, error=str(error))
        return problem_of(Unavailable(_ASK_AGAIN, retry_after=1))
    _logger.error("request.failed", method=request.method, path=request.url.path, exc_info=error)
    return problem(500, "internal", "Something went wrong on our side.")


_CODE_OF_STATUS = {
    400: "malformed-json",
    404: "no-such-route",
    405: "method-not-allowed",
    415: "unsupported-media-type",
}
"""How what the framework itself refuses is called."""

_ASK_AGAIN = (
    "The database does not answer just now. Send the request again, with the same Idempotency-Key if it has one:"
    " it may have been done already."
)

_OF_THE_DATABASE = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, EOFError)
"""What may be transient; the framework answers these without raising them again."""


async def _failure(request: Request, error: Exception) -> Response:
    return problem_of_failure(request, error)


def add_error_handlers(app: FastAPI) -> None:
    """Answer every error as a problem document."""
    app.add_exception_handler(ComandaError, _comanda_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    for kind in _OF_THE_DATABASE:
        app.add_exception_handler(kind, _failure)
    app.add_exception_handler(Exception, _failure)
