"""Bodies whose numbers are read as they are written: `90071992547409.91` has more digits than a float keeps."""

import json
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from comanda.platform.http.routing import CheckedRoute, Handler


class ExactRequest(Request):
    """A request whose JSON has decimals where a float would be."""

    async def json(self) -> Any:
        """The body. Raises JSONDecodeError for what is no JSON, `NaN` included.

        A body that is nothing but a number stays a float: a decimal has attributes, and would pass for an object.
        """
        body = json.loads(await self.body(), parse_float=Decimal, parse_constant=_refuse)
        return float(body) if isinstance(body, Decimal) else body


class ExactRoute(CheckedRoute):
    """A route that reads its body exactly."""

    def get_route_handler(self) -> Handler:
        """The framework's handler, given an exact request."""
        handle = super().get_route_handler()

        async def exact(request: Request) -> Response:
            return await handle(ExactRequest(request.scope, request.receive))

        return exact


def _refuse(constant: str) -> None:
    raise json.JSONDecodeError(f"{constant} is no number", constant, 0)
