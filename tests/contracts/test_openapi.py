"""Every operation of every service is described so that somebody can use it who knows nothing else."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import schemathesis
from pydantic import TypeAdapter

from comanda.platform.http.documents import openapi
from comanda.platform.http.limits import BODILESS
from comanda.platform.http.phrases import TEXTS
from comanda.platform.http.problems import MEDIA_TYPE
from comanda.platform.http.routing import CheckedRoute, HotRoute
from comanda.runtime.api_documents import apps
from comanda.runtime.dialects import DIALECTS

PUBLISHED = Path(__file__).parent / "operations.json"
"""The operations that clients were told of: service, method and path, and the name."""

NAME = re.compile(r"[a-z]+(_[a-z0-9]+)+")
NAME_IN_A_DIALECT = re.compile(r"[a-z]+(_[a-z0-9]+)*")
TYPE = re.compile(r"urn:comanda:problem:[a-z]+(-[a-z]+)*")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document, and the route behind it."""

    service: str
    method: str
    path: str
    said: dict[str, Any]
    document: dict[str, Any]
    route: CheckedRoute

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.path}"

    def resolved(self, thing: dict[str, Any]) -> dict[str, Any]:
        """What a reference stands for."""
        while "$ref" in thing:
            found: Any = self.document
            for part in thing["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            thing = found
        return thing

    @property
    def answers(self) -> dict[str, dict[str, Any]]:
        return {status: self.resolved(answer) for status, answer in self.said["responses"].items()}

    @property
    def successes(self) -> dict[str, dict[str, Any]]:
        return {status: answer for status, answer in self.answers.items() if status < "400"}

    @property
    def failures(self) -> dict[str, dict[str, Any]]:
        return {status: answer for status, answer in self.answers.items() if status >= "400"}

    @property
    def headers(self) -> set[str]:
        """The request headers it describes."""
        return {one["name"].lower() for one in self.said.get("parameters", ()) if one["in"] == "header"}

    def check(self, example: Any, schema: dict[str, Any]) -> None:
        """Raises ValidationError for an example that is not of the schema."""
        jsonschema.Draft202012Validator({**schema, "components": self.document["components"]}).validate(example)


APPS = apps()
DOCUMENTS: dict[str, dict[str, Any]] = {name: openapi(app) for name, app in APPS.items()}
SPOKEN = {dialect.name: dialect.language for dialect in DIALECTS}


def operations() -> Iterator[Operation]:
    for service, app in APPS.items():
        document = DOCUMENTS[service]
        for route in app.routes:
            if isinstance(route, CheckedRoute) and route.include_in_schema:
                for method in sorted(route.methods or ()):
                    said = document["paths"][route.path_format][method.lower()]
                    yield Operation(service, method, route.path_format, said, document, route)


OPERATIONS = list(operations())
each = pytest.mark.parametrize("operation", OPERATIONS, ids=str)
each_service = pytest.mark.parametrize("service", APPS)


def example_of(content: dict[str, Any]) -> Any:
    """The example of a body, or the first of several."""
    several = content.get("examples")
    return next(iter(several.values()))["value"] if several else content["example"]


def own_form(operation: Operation, status: str) -> bool:
    """Whether a dialect answers this failure in a form of its own, as its clients know it."""
    own = "application/json" in operation.failures[status]["content"]
    assert operation.service in SPOKEN or not own
    return own


@each_service
def test_a_document_is_valid_openapi(service: str) -> None:
    schemathesis.openapi.from_dict(DOCUMENTS[service]).validate()


@each_service
def test_a_document_describes_every_route_and_nothing_else(service: str) -> None:
    described = {(path, method.upper()) for path, item in DOCUMENTS[service]["paths"].items() for method in item}
    assert described == {(one.path, one.method) for one in OPERATIONS if one.service == service}


@each_service
def test_operations_have_names_of_their_own(service: str) -> None:
    names = [one.said["operationId"] for one in OPERATIONS if one.service == service]
    assert sorted(names) == sorted(set(names))
    form = NAME_IN_A_DIALECT if service in SPOKEN else NAME
    assert [name for name in names if not form.fullmatch(name)] == [], "a verb and what it is done to"


def test_names_that_were_published_stay() -> None:
    published = json.loads(PUBLISHED.read_text())
    present = {f"{one.service} {one.said['operationId']}": f"{one.method} {one.path}" for one in OPERATIONS}
    assert {name: present.get(name) for name in published} == published


@each
def test_an_operation_says_what_it_does(operation: Operation) -> None:
    summary, description = operation.said["summary"], operation.said["description"]
    assert 3 <= len(summary) <= 110 and not summary.endswith("."), summary
    texts = TEXTS[SPOKEN.get(operation.service, "en")]
    assert texts["anybody"] in description or texts["callers"].split("{")[0] in description, "and for whom"
    assert operation.said["tags"]


@each
def test_an_operation_says_how_one_signs_in(operation: Operation) -> None:
    security, access = operation.said["security"], operation.route.access
    assert access is not None
    assert {"bearer": []} in security
    if "anonymous" not in access.roles:
        assert security == [{"bearer": []}]
    for scheme in security:
        assert scheme.keys() <= operation.document["components"]["securitySchemes"].keys()


@each
def test_a_request_has_an_example_that_is_taken(operation: Operation) -> None:
    for media_type, content in operation.said.get("requestBody", {}).get("content", {}).items():
        example = example_of(content)
        operation.check(example, content["schema"])
        if media_type == "application/json" and type(operation.route) in (CheckedRoute, HotRoute):
            assert operation.route.body_field is not None
            TypeAdapter(operation.route.body_field.field_info.annotation).validate_json(json.dumps(example))


@each
def test_parameters_in_the_path_have_examples(operation: Operation) -> None:
    for parameter in operation.said.get("parameters", ()):
        if parameter["in"] == "path":
            operation.check(parameter["example"], parameter["schema"])


@each
def test_a_success_has_an_example_that_is_of_its_schema(operation: Operation) -> None:
    assert operation.successes
    for status, answer in operation.successes.items():
        assert answer["description"] and answer["description"] != "Successful Response"
        assert (status == "204") != bool(answer.get("content")), status
        for content in answer.get("content", {}).values():
            if content.get("schema") and "$ref" in content["schema"]:
                assert "example" in content
            if "example" in content and "schema" in content:
                operation.check(content["example"], content["schema"])


@each
def test_failures_are_problem_documents_with_stable_types(operation: Operation) -> None:
    for status, answer in operation.failures.items():
        assert answer["description"]
        (media_type,) = answer["content"]
        if own_form(operation, status):
            continue
        assert media_type == MEDIA_TYPE
        examples = answer["content"][media_type]["examples"]
        assert examples
        for code, example in examples.items():
            operation.check(example["value"], answer["content"][media_type]["schema"])
            assert TYPE.fullmatch(example["value"]["type"]) and example["value"]["type"].endswith(f":{code}")
            assert str(example["value"]["status"]) == status
            assert example["summary"]


@each
def test_every_failure_that_can_happen_is_described(operation: Operation) -> None:
    access = operation.route.access
    assert access is not None
    expected = {"401", "503"}
    if "anonymous" not in access.roles or access.permission:
        expected |= {"403"}
    if operation.method not in BODILESS:
        expected |= {"400", "408", "413"}
    if operation.route.takes_json and not operation.route.lenient:
        expected |= {"415"}
    if operation.said.get("parameters") or operation.said.get("requestBody"):
        expected |= {"422"}
    if "idempotency-key" in operation.headers:
        expected |= {"409"}
    if "if-match" in operation.headers:
        expected |= {"412"}
    assert expected <= operation.failures.keys(), expected - operation.failures.keys()
    assert "default" not in operation.answers, "that would allow everything"


@each
def test_answers_say_their_headers(operation: Operation) -> None:
    for answer in operation.successes.values():
        assert "Trace-Id" in answer["headers"]
    for status in {status for status in operation.failures.keys() & {"429", "503"} if not own_form(operation, status)}:
        assert "Retry-After" in operation.failures[status]["headers"]
    assert "WWW-Authenticate" in operation.failures["401"]["headers"]
    for answer in operation.answers.values():
        for header in answer.get("headers", {}).values():
            assert operation.resolved(header)["description"]


def _descriptions(part: Any) -> Iterator[str]:
    """Everything a document describes; what an example says is what the API says, in any language."""
    if isinstance(part, dict):
        for name, inner in part.items():
            if name == "description" and isinstance(inner, str):
                yield inner
            elif name not in ("example", "examples", "servers"):
                yield from _descriptions(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _descriptions(inner)


def test_a_dialect_describes_itself_in_its_own_language_throughout() -> None:
    languages = {dialect.name: dialect.language for dialect in DIALECTS}
    described = {name: set(_descriptions(openapi(app))) for name, app in APPS.items()}
    english = set().union(*(texts for name, texts in described.items() if languages.get(name, "en") == "en"))
    assert {name for name, language in languages.items() if language != "en"} == {"workflow", "commandes", "pedidos"}
    for name, language in languages.items():
        if language != "en":
            assert described[name] & english == set(), name
