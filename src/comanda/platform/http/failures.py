"""The error answers of an operation, as the documents show them: every status, every stable `type`, an example each."""

import inspect
from collections.abc import Iterable
from typing import Any

from comanda.kernel.errors import (
    ComandaError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from comanda.platform.http.phrases import Phrases
from comanda.platform.http.problems import MEDIA_TYPE, STATUS_OF_KIND, problem_body

PROBLEM: dict[str, Any] = {"$ref": "#/components/schemas/Problem"}

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details. `type` is stable; what is special to it stands beside these members.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "What went wrong: `urn:comanda:problem:…`."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "In words, for people."},
        "errors": {
            "type": "array",
            "description": "Every field that is not valid: where it is (a JSON pointer), and why.",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}

Failure = tuple[int, str, str]
"""A status, a problem's code, and what it means."""

OF_BODIES: tuple[Failure, ...] = (
    (400, "malformed-json", "The body is not valid JSON."),
    (400, "too-deep", "The body is nested more than 32 deep."),
    (408, "body-too-slow", "The body did not arrive in time."),
    (413, "body-too-large", "The body is larger than 1048576 bytes."),
)
"""What can happen to every request with a body."""

LONG_URL: Failure = (431, "headers-too-large", "The headers are too large.")
"""What can happen to a request whose query may hold many values."""

NOT_JSON: Failure = (415, "unsupported-media-type", "The body must be JSON, and Content-Type say so.")
NOT_VALID: Failure = (422, "validation", "The request has fields that are not valid.")
NO_TOKEN: Failure = (401, "unauthenticated", "This needs a bearer token.")
BAD_TOKEN: Failure = (401, "unauthenticated", "The token is not valid.")
FORBIDDEN: Failure = (403, "forbidden", "The caller's role or permissions do not allow this.")
AWAY: Failure = (503, "unavailable", "Try again in a moment, with the same Idempotency-Key if there is one.")

_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"$ref": "#/components/headers/WWW-Authenticate"}},
    429: {"Retry-After": {"$ref": "#/components/headers/Retry-After"}},
    503: {"Retry-After": {"$ref": "#/components/headers/Retry-After"}},
}

_PLAIN_DETAILS: dict[type[ComandaError], str] = {
    NotFound: "There is no such thing.",
    Conflict: "Its state does not allow this now.",
    Invalid: "What is asked for makes no sense.",
    PreconditionFailed: "It has changed meanwhile.",
    TooMany: "Tried too often in a short time.",
    Unavailable: AWAY[2],
    Unauthenticated: BAD_TOKEN[2],
    Forbidden: FORBIDDEN[2],
}


def failures_of(errors: Iterable[type[ComandaError]]) -> list[Failure]:
    """The failures that errors of the business are answered with."""
    return [
        (STATUS_OF_KIND[error.kind], error.code, _PLAIN_DETAILS.get(error) or inspect.getdoc(error) or error.code)
        for error in errors
        if error is not ComandaError
    ]


def answers_of(failures: Iterable[Failure], phrases: Phrases) -> dict[str, dict[str, Any]]:
    """Responses by status; each lists its types as examples."""
    by_status: dict[int, dict[str, str]] = {}
    for status, code, detail in sorted(set(failures)):
        by_status.setdefault(status, {}).setdefault(code, " ".join(detail.split("\n\n")[0].split()))
    return {str(status): _answer(status, by_status[status], phrases) for status in sorted(by_status)}


def _answer(status: int, details: dict[str, str], phrases: Phrases) -> dict[str, Any]:
    examples = {
        code: {"summary": detail, "value": problem_body(status, code, detail) | _more(code)}
        for code, detail in details.items()
    }
    answer: dict[str, Any] = {"description": phrases.meaning(status)}
    if status in _HEADERS:
        answer["headers"] = dict(_HEADERS[status])
    return answer | {"content": {MEDIA_TYPE: {"schema": dict(PROBLEM), "examples": examples}}}


def _more(code: str) -> dict[str, Any]:
    if code != "validation":
        return {}
    return {"errors": [{"pointer": "/body/lines/0/quantity", "detail": "Input should be greater than or equal to 1"}]}
