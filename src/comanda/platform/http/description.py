"""The OpenAPI document of a service: what the framework knows, and what the routes' code and access table tell.

Nothing of this is repeated at the routes: a summary is the first sentence of the docstring, errors and headers are
found in the code, who may call is in the access table, examples are made from the schemas.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi

from comanda.kernel.errors import ComandaError, Conflict, NotFound, PreconditionFailed, Unauthenticated
from comanda.platform.http import failures
from comanda.platform.http.access import Access
from comanda.platform.http.examples import Examples
from comanda.platform.http.limits import BODILESS
from comanda.platform.http.phrases import Phrases
from comanda.platform.http.reach import Reach, reach_of
from comanda.platform.http.routing import CheckedRoute

LICENSE = {"name": "Apache 2.0", "identifier": "Apache-2.0"}

SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token, as POST /sessions of the profiling service gives it.",
    },
    "orderToken": {
        "type": "apiKey",
        "in": "header",
        "name": "Order-Token",
        "description": "The `access_token` of a guest's order, as the answer to placing it says once.",
    },
    "orderTokenInQuery": {
        "type": "apiKey",
        "in": "query",
        "name": "token",
        "description": "The same in a link.",
    },
}

HEADERS: dict[str, Any] = {
    "Trace-Id": {
        "description": "The trace of this request, for questions about it.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "example": "0af7651916cd43dd8448eb211c80319c",
    },
    "ETag": {
        "description": "The version of what is answered: what If-Match takes.",
        "schema": {"type": "string", "pattern": '^"[0-9]+"$'},
        "example": '"3"',
    },
    "Location": {
        "description": "Where it is.",
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "/orders/1024",
    },
    "Link": {
        "description": 'The rest of the list, when there is more: `<…>; rel="next"` (RFC 8288).',
        "schema": {"type": "string"},
        "example": '</orders?cursor=WzEwMjRd>; rel="next"',
    },
    "Retry-After": {
        "description": "Seconds to wait.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
        "example": 1,
    },
    "WWW-Authenticate": {
        "description": "How to sign in.",
        "required": True,
        "schema": {"type": "string"},
        "example": 'Bearer realm="comanda"',
    },
}

_ON_SUCCESS = {"ETag": ("200", "201"), "Location": ("201",), "Link": ("200",)}
"""Headers that answers have where the code names them."""

_PARAMETERS: dict[str, dict[str, Any]] = {
    "idempotency-key": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        "example": "a2f1c3d4-0001",
    },
    "if-match": {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "example": '"3"',
    },
}

_ORDER = (
    "tags",
    "summary",
    "description",
    "operationId",
    "security",
    "parameters",
    "requestBody",
    "responses",
)


PassedOn = Callable[[Callable[..., Any]], set[type[ComandaError]]]
"""The errors that a function which asks another service passes on from there, as that service says them."""


def _nothing(_: Callable[..., Any]) -> set[type[ComandaError]]:
    return set()


def describe(app: FastAPI) -> dict[str, Any]:
    """The document of an application whose routes have their rows of the access table."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        license_info=LICENSE,
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas["Problem"] = failures.PROBLEM_SCHEMA
    components["headers"] = HEADERS
    components["securitySchemes"] = SECURITY_SCHEMES
    shared = _Shared(components.setdefault("responses", {}))
    examples = Examples(schemas)
    phrases = Phrases(getattr(app.state, "language", "en"))
    passed_on = getattr(app.state, "passed_on", _nothing)
    for route, method in _operations(app):
        operation = document["paths"][route.path_format][method.lower()]
        _Operation(operation, route, method, examples, phrases, passed_on).complete(shared)
    document["tags"] = [{"name": name} for name in _tags(document)]
    translated: dict[str, Any] = phrases.translated(document)
    return translated


def _operations(app: FastAPI) -> Iterator[tuple[CheckedRoute, str]]:
    for route in app.routes:
        if isinstance(route, CheckedRoute) and route.include_in_schema:
            for method in sorted(route.methods or ()):
                yield route, method


def _tags(document: dict[str, Any]) -> list[str]:
    operations = (operation for item in document["paths"].values() for operation in item.values())
    return list(dict.fromkeys(tag for operation in operations for tag in operation["tags"]))


_SHARED = {
    "400": "BadRequest",
    "401": "NotSignedIn",
    "403": "NotAllowed",
    "408": "TooSlow",
    "413": "TooLarge",
    "415": "NotJson",
    "422": "NotValid",
    "503": "Unavailable",
}


class _Shared:
    """Error answers that many operations have word for word, kept once."""

    def __init__(self, responses: dict[str, Any]) -> None:
        self._responses = responses

    def __call__(self, status: str, answer: dict[str, Any]) -> dict[str, Any]:
        """A reference to the answer, if it is the usual one."""
        name = _SHARED.get(status)
        if name is None or self._responses.setdefault(name, answer) != answer:
            return answer
        return {"$ref": f"#/components/responses/{name}"}


class _Operation:
    """One operation of the document, being completed."""

    def __init__(
        self,
        operation: dict[str, Any],
        route: CheckedRoute,
        method: str,
        examples: Examples,
        phrases: Phrases,
        passed_on: PassedOn,
    ) -> None:
        assert route.access is not None
        self._operation = operation
        self._route = route
        self._access: Access = route.access
        self._method = method
        self._examples = examples
        self._phrases = phrases
        self._passed_on = passed_on
        self._reach: Reach = reach_of(_functions(route.dependant))
        self._body: dict[str, Any] = operation.get("requestBody", {}).get("content", {})

    def complete(self, shared: _Shared) -> None:
        """Name it, say what it takes and answers, and who may call it."""
        self._name()
        self._describe_parameters()
        for content in self._body.values():
            if not content.keys() & {"example", "examples"}:
                content["example"] = self._examples.request(content["schema"])
        answers = self._operation["responses"]
        answers.pop("422", None)
        for status, answer in answers.items():
            if status < "400":
                self._describe_success(status, answer)
        for status, answer in failures.answers_of(self._failures(), self._phrases).items():
            answers[status] = _as_declared(answers[status], answer) if status in answers else shared(status, answer)
        self._operation["responses"] = dict(sorted(answers.items()))
        self._operation["security"] = self._security()
        in_order = {key: self._operation[key] for key in _ORDER if key in self._operation} | self._operation
        self._operation.clear()
        self._operation.update(in_order)

    def _name(self) -> None:
        route, text = self._route, inspect.getdoc(self._route.endpoint) or ""
        self._operation["operationId"] = route.operation_id or route.endpoint.__name__
        self._operation["summary"] = route.summary or summary_of(text)
        told = [route.description or text, self._who()]
        self._operation["description"] = "\n\n".join(part for part in told if part)
        self._operation.setdefault("tags", [route.path.split("/")[1].replace("-", " ")])

    def _describe_parameters(self) -> None:
        parameters = self._operation.setdefault("parameters", [])
        there = {parameter["name"].lower() for parameter in parameters}
        for word, given in _PARAMETERS.items():
            if word in self._reach.texts - there:
                parameters.append({**given, "description": self._phrases.text(word)})
        for parameter in parameters:
            if not parameter.keys() & {"example", "examples"} and parameter["name"] != "cursor":
                parameter["example"] = self._examples.parameter(parameter["name"], parameter["schema"])
        if not parameters:
            del self._operation["parameters"]

    def _describe_success(self, status: str, answer: dict[str, Any]) -> None:
        if answer["description"] == "Successful Response":
            answer["description"] = self._meaning_of(status, answer)
        headers = answer.setdefault("headers", {})
        headers["Trace-Id"] = {"$ref": "#/components/headers/Trace-Id"}
        for name, statuses in _ON_SUCCESS.items():
            if name.lower() in self._reach.texts and status in statuses:
                headers.setdefault(name, {"$ref": f"#/components/headers/{name}"})
        for media_type, content in answer.get("content", {}).items():
            if media_type.endswith("json") and "schema" in content and not content.keys() & {"example", "examples"}:
                content["example"] = self._examples.answer(content["schema"])

    def _meaning_of(self, status: str, answer: dict[str, Any]) -> str:
        for content in answer.get("content", {}).values():
            described = self._examples.resolved(content.get("schema", {})).get("description")
            if described:
                return str(described).split("\n\n")[0]
        return self._phrases.meaning(int(status))

    def _failures(self) -> list[failures.Failure]:
        signed_in_only = "anonymous" not in self._access.roles
        found = [failures.AWAY, failures.BAD_TOKEN if not signed_in_only else failures.NO_TOKEN]
        if signed_in_only or self._access.permission:
            found.append(failures.FORBIDDEN)
        if self._body or self._method not in BODILESS:
            found += failures.OF_BODIES
        if self._route.takes_json and not self._route.lenient:
            found.append(failures.NOT_JSON)
        if self._body or self._route.dependant.path_params or self._operation.get("parameters"):
            found.append(failures.NOT_VALID)
        if any(_is_list(parameter["schema"]) for parameter in self._operation.get("parameters", ())):
            found.append(failures.LONG_URL)
        return found + failures.failures_of(self._errors())

    def _errors(self) -> set[type[ComandaError]]:
        """Those that the code names; what may come from another service does not make a reading one conflict."""
        passed_on = (self._passed_on(function) for function in self._reach.functions)
        errors = self._reach.errors.union(*passed_on) - {Unauthenticated}
        if "if-match" not in {parameter["name"].lower() for parameter in self._operation.get("parameters", ())}:
            errors -= {PreconditionFailed}
        if self._method in BODILESS:
            errors -= {Conflict}
            if "{" not in self._route.path:
                errors -= {NotFound}
        return errors

    def _who(self) -> str:
        """The access table's row in words."""
        access, text = self._access, self._phrases.text
        if "anonymous" in access.roles and not access.owner and not access.permission:
            return text("anybody")
        callers = {
            "anonymous": text("guests" if access.owner else "everybody"),
            "customer": text("own" if access.owner else "customers"),
            "staff": text("permitted", access.permission) if access.permission else text("staff"),
            "admin": text("admins"),
            "service": text("services"),
        }
        return text("callers", ", ".join(words for role, words in callers.items() if role in access.roles))

    def _security(self) -> list[dict[str, Any]]:
        if "anonymous" not in self._access.roles:
            return [{"bearer": []}]
        if "order-token" in self._reach.texts and "{order_id}" in self._route.path:
            return [{"bearer": []}, {"orderToken": []}, {"orderTokenInQuery": []}]
        if "order-token" in self._reach.texts:
            return [{}, {"bearer": []}, {"orderToken": []}, {"orderTokenInQuery": []}]
        return [{}, {"bearer": []}]


def _as_declared(declared: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """A failure in the route's own words, or in its own form if it has one."""
    return declared if declared.get("content") else found | {"description": declared["description"]}


def summary_of(text: str) -> str:
    """The first sentence of a docstring, up to its first colon or semicolon where it is long; without a full stop."""
    first = re.split(r"(?<=[.!?])\s", " ".join(text.split("\n\n")[0].split()))[0].rstrip(".")
    return re.split(r"[:;] ", first)[0] if len(first) > 60 else first


def _functions(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    if dependant.call is not None:
        yield dependant.call
    for further in dependant.dependencies:
        yield from _functions(further)


def _is_list(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "array" or any(_is_list(one) for one in schema.get("anyOf", ()))
