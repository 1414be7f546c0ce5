"""One operation tried with what its own description allows, and with what it forbids, as everybody in turn."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, CheckContext, GenerationMode, Response
from schemathesis import checks as general_checks
from schemathesis.config import GenerationConfig
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi import checks as known_checks

from comanda.platform.http.access import ANYONE
from tests.flows.walks.objects import values_for
from tests.fuzz.site import Site
from tests.support.routes import Route

AnyCase = Case[Any]
AnyOperation = APIOperation[Any, Any, Any, Any]

PROBLEM = "application/problem+json"
NOT_REFUSED_WITHOUT = frozenset({"orderToken"})
"""Where a capability is one way to show who one is, whoever shows nothing finds nothing: 404, not 401."""

TAKING_WHAT_THEY_CAN = frozenset({"POST /orders/import"})
"""Wrong entries are named in the answer, and the others are taken."""

REVOKING = frozenset({"POST /signing-keys"})
"""After these, nobody may be known any more: they come last."""

IN_TURN = (
    *("admin", "customer", "staff", "anonymous", "service", "other customer"),
    *("admin", "guest with an order's token", "staff", "staff without permissions"),
)
"""Who asks, in turn."""

BY_METHOD = ("GET", "POST", "PUT", "PATCH", "DELETE")


@schemathesis.check
def problem_types_are_described(ctx: CheckContext, response: Response, case: AnyCase) -> None:
    """Every problem's `type` is one of those that the operation's description lists for its status."""
    described = _types_of(case.operation.definition.raw, case.operation.schema).get(str(response.status_code))
    if described is None or not response.headers.get("content-type", [""])[0].startswith(PROBLEM):
        return
    found = response.json()["type"]
    if found not in described:
        raise Failure(
            operation=case.operation.label,
            title="Problem type that is not described",
            message=f"{response.status_code} {found}, not one of {sorted(described)}",
        )


def _types_of(definition: Mapping[str, Any], schema: BaseSchema) -> dict[str, set[str]]:
    types: dict[str, set[str]] = {}
    for status, answer in definition["responses"].items():
        if "$ref" in answer:
            answer = schema.raw_schema["components"]["responses"][answer["$ref"].rpartition("/")[2]]
        examples = answer.get("content", {}).get(PROBLEM, {}).get("examples", {})
        if examples:
            types[status] = {example["value"]["type"] for example in examples.values()}
    return types


CHECKS = (
    general_checks.not_a_server_error,
    known_checks.status_code_conformance,
    known_checks.content_type_conformance,
    known_checks.response_headers_conformance,
    known_checks.response_schema_conformance,
    known_checks.negative_data_rejection,
    known_checks.unsupported_method,
    known_checks.ignored_auth,
)


@dataclass(slots=True)
class Tally:
    """What was tried, what came of it, and the first of each kind of finding."""

    statuses: Counter[int] = field(default_factory=Counter)
    findings: dict[tuple[str, str], str] = field(default_factory=dict)
    found: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def tried(self) -> int:
        """How many requests."""
        return self.statuses.total()

    def note(self, case: AnyCase, role: str, failure: Failure, headers: Mapping[str, str]) -> None:
        """Keep the first finding of its kind."""
        kind = (case.operation.label, failure.title)
        self.found[kind] += 1
        if kind not in self.findings:
            request = case.as_curl_command(headers=dict(headers))[:2_000]
            self.findings[kind] = f"{case.operation.label} as {role}: {failure.title}\n{failure.message}\n{request}"

    @property
    def figures(self) -> str:
        """How many requests, with which answers."""
        return f"{self.tried} requests, {dict(sorted(self.statuses.items()))}, {len(self.findings)} findings"

    def __str__(self) -> str:
        listed = "\n\n".join(f"{text}\n({self.found[kind]} times)" for kind, text in self.findings.items())
        return f"{self.figures}\n\n{listed}"


class Trying:
    """Tries the operations of one service or dialect."""

    def __init__(self, site: Site, name: str) -> None:
        self._site = site
        self._url = site.urls[name]
        self._name = name
        self._sessions = {role: requests.Session() for role in site.headers}
        self.schema = schemathesis.openapi.from_url(f"{self._url}/openapi.json")
        self.schema.config.generation = GenerationConfig(with_security_parameters=False)
        self.schema.config.max_stream_events = 1
        self.schema.config.request_timeout = 10
        self.tally = Tally()
        self._turn = itertools.count()

    def operations(self) -> list[AnyOperation]:
        """All operations; those that take something away come last."""
        all_of_them = [found.ok() for found in self.schema.get_all_operations() if isinstance(found, Ok)]
        return sorted(
            all_of_them,
            key=lambda operation: (operation.label in REVOKING, BY_METHOD.index(operation.method.upper())),
        )

    def examples(self, operation: AnyOperation, count: int, number: int | None) -> None:
        """So many requests made by chance; the same ones every time for the same number."""

        def attempt(case: AnyCase) -> None:
            self._try(case)

        limits = settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            derandomize=number is None,
        )
        tried: Callable[[], None] = limits(given(case=_cases(operation))(attempt))
        if number is not None:
            tried = seed(number)(tried)
        tried()

    def boundaries(self, operation: AnyOperation) -> None:
        """Every boundary that the description draws, from both sides."""
        config = self.schema.config.generation
        for case in self.schema.iter_coverage_cases(
            operation, generation_modes=list(GenerationMode), generation_config=config
        ):
            self._try(case)

    def _try(self, case: AnyCase) -> None:
        turn = next(self._turn)
        role = IN_TURN[turn % len(IN_TURN)]
        if turn % 3:
            names = self._names(role)
            _name_what_there_is(case, values_for(self._route(case), names, self._site.objects.letters), names)
        headers = dict(self._site.headers[role])
        session = self._sessions[role]
        response = case.call(base_url=self._url, session=session, headers=headers)
        self.tally.statuses[response.status_code] += 1
        sent: dict[str, Any] = {"base_url": self._url, "session": session, "headers": headers}
        try:
            case.validate_response(response, list(_checks_for(case, response)), headers=headers, transport_kwargs=sent)
        except FailureGroup as group:
            for failure in group.exceptions:
                assert isinstance(failure, Failure)
                self.tally.note(case, role, failure, headers)

    def _names(self, role: str) -> Mapping[str, str]:
        objects = self._site.objects
        return objects.of_guest if role == "guest with an order's token" else objects.of_customer

    def _route(self, case: AnyCase) -> Route:
        return Route(self._name, case.operation.method.upper(), case.operation.path, ANYONE, {})


def _checks_for(case: AnyCase, response: Response) -> Iterator[Any]:
    schemes = {name for one in case.operation.definition.raw.get("security", ()) for name in one}
    left_out = set()
    if schemes & NOT_REFUSED_WITHOUT:
        left_out.add(known_checks.ignored_auth)
    if case.operation.label in TAKING_WHAT_THEY_CAN or _is_repetitive(response.request.url or ""):
        left_out.add(known_checks.negative_data_rejection)
    return (check for check in (*CHECKS, problem_types_are_described) if check not in left_out)


def _is_repetitive(url: str) -> bool:
    """Whether a parameter comes twice: what is meant by that no standard says, and the last one counts."""
    names = [name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)]
    return len(names) > len(set(names))


def _cases(operation: AnyOperation) -> st.SearchStrategy[AnyCase]:
    allowed = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if not any(True for _ in operation.iter_parameters()) and not operation.body:
        return allowed
    return st.one_of(allowed, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))


def _name_what_there_is(case: AnyCase, in_path: Mapping[str, str], names: Mapping[str, str]) -> None:
    """Put what exists in the place of made-up names, where the case does not break a rule on purpose."""
    meta = case.meta
    if meta is None or not meta.is_negative_at(ParameterLocation.PATH):
        for name in set(case.path_parameters or {}) & in_path.keys():
            case.path_parameters[name] = in_path[name]
    if isinstance(case.body, dict) and (meta is None or not meta.is_negative_at(ParameterLocation.BODY)):
        case.body = _named(case.body, names)


def _named(body: Any, names: Mapping[str, str]) -> Any:
    if isinstance(body, list):
        return [_named(one, names) for one in body]
    if not isinstance(body, dict):
        return body
    return {
        key: names[key] if isinstance(value, str) and key in names and key in IN_BODIES else _named(value, names)
        for key, value in body.items()
    }


IN_BODIES = frozenset({"sku", "order_id", "cart_id", "customer_id", "seller_id", "intent_id", "slug"})
