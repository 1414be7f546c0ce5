"""Routes that understand the seed's body, which is not JSON because of its zipcode's zeros."""

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from comanda.contexts.ordering.dialects.pedidos.zipcode import with_quoted_zipcodes
from comanda.platform.http.routing import CheckedRoute, Handler


class ForgivingRoute(CheckedRoute):
    """A route whose body is read with its zipcodes in quotes, if it is not JSON without."""

    def _checked(self, handle: Handler) -> Handler:
        async def read(request: Request) -> Response:
            if request.method == "POST":
                request = _with_body(request, readable(await request.body()))
            return await handle(request)

        return super()._checked(read)


def readable(body: bytes) -> bytes:
    """The body as it came if it is JSON, else with the digits after `"zipcode":` in quotes, whatever that makes it."""
    try:
        json.loads(body)
    except UnicodeError:
        return body
    except (ValueError, RecursionError):
        return with_quoted_zipcodes(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    return body


def _with_body(request: Request, body: bytes) -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(request.scope, receive)
