"""Routes that check who is calling before anything else, and a short path for the hot ones."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi.params import Form
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from comanda.kernel.errors import Unauthenticated
from comanda.platform.auth import ANONYMOUS, Principal, Verifier
from comanda.platform.http.access import Access, AccessTable
from comanda.platform.http.problems import problem_of_validation

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

IN_PROCESS_PRINCIPAL = "comanda.principal"
"""Where the in-process transport puts the calling service; nothing that comes from a socket can set it."""

PRINCIPAL = "comanda.caller"
"""Where a route, once it has checked who is calling, leaves who it is."""


async def principal_of(request: Request) -> Principal:
    """Who is calling. Raises Unauthenticated for a token that cannot be trusted."""
    inside = request.scope.get(IN_PROCESS_PRINCIPAL)
    if inside is not None:
        assert isinstance(inside, Principal)
        return inside
    header = request.headers.get("authorization")
    if header is None:
        return ANONYMOUS
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("The Authorization header must be: Bearer TOKEN.")
    verifier: Verifier = request.app.state.verifier
    return await verifier.principal(token, None if request.client is None else request.client.host)


class CheckedRoute(APIRoute):
    """A route whose row in the authorization table is checked before the body is even read."""

    access: Access | None = None
    lenient = False
    """Whether a JSON body is read whatever Content-Type says."""

    def get_route_handler(self) -> Handler:
        """The framework's handler behind the check."""
        return self._checked(super().get_route_handler())

    def _checked(self, handle: Handler) -> Handler:
        async def checked(request: Request) -> Response:
            principal = await principal_of(request)
            access = self.access
            assert access is not None, f"{self.path} has no row in the authorization table"
            access.check(principal)
            request.scope[PRINCIPAL] = principal
            if self.takes_json and not self.lenient:
                await _check_type(request)
            return await handle(request)

        return checked

    @property
    def takes_json(self) -> bool:
        """Whether it has a body, and that is JSON."""
        return self.body_field is not None and not isinstance(self.body_field.field_info, Form)


async def _check_type(request: Request) -> None:
    if not is_json(request.headers.get("content-type", "")) and await request.body():
        raise HTTPException(415, "The body must be JSON, and Content-Type say so: application/json.")


def is_json(content_type: str) -> bool:
    """Whether a Content-Type is JSON: `application/json`, or `application/…+json`."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith("application/") and (kind == "application/json" or kind.endswith("+json"))


class HotRequest(Request):
    """A request whose whole body is there already."""

    def __init__(self, scope: Scope, receive: Receive, content: bytes) -> None:
        super().__init__(scope, receive)
        self.content = content

    async def body(self) -> bytes:
        """The body."""
        return self.content


class HotRoute(CheckedRoute):
    """A route that carries the load of the shop: its body is validated straight from the bytes.

    The endpoint is declared as for any route, `async def endpoint(request: Request, body: Model) -> Response`, so the
    documents are the same; only the framework's dependency and response layers are left out, which cost more than the
    work itself.
    """

    lenient = True

    def get_route_handler(self) -> Handler:
        """Parse, check, call."""
        endpoint: Callable[..., Awaitable[Response]] = self.dependant.call  # type: ignore[assignment]
        fields = self.dependant.body_params
        if not fields:
            return self._checked(endpoint)  # type: ignore[arg-type]
        model: type[BaseModel] = fields[0].field_info.annotation  # type: ignore[assignment]
        parse = TypeAdapter(model).validator.validate_json

        async def handle(request: Request) -> Response:
            try:
                body = parse(await request.body())
            except ValidationError as error:
                return problem_of_validation([{**entry, "loc": ("body", *entry["loc"])} for entry in error.errors()])
            return await endpoint(request, body)

        return self._checked(handle)


def grant(routes: list[Any], table: AccessTable) -> None:
    """Give every route its row. Raises LookupError for a route without one, and for a row without a route."""
    unused = set(table)
    for route in routes:
        if not isinstance(route, CheckedRoute):
            continue
        for method in route.methods or ():
            row = f"{method} {route.path}"
            if row not in table:
                raise LookupError(f"{row} has no row in the authorization table")
            route.access = table[row]
            unused.discard(row)
    if unused:
        raise LookupError(f"the authorization table has rows without a route: {', '.join(sorted(unused))}")
