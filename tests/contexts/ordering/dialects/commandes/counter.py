"""The dialect `commandes` as its clients reach it: over HTTP, with a token, as JSON that keeps its decimals."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from tests.contexts.ordering.desk import Desk


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, its numbers as they were written."""

    status: int
    headers: httpx.Headers
    text: str

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.text, parse_float=Decimal)

    @property
    def problem(self) -> tuple[int, str]:
        """The status and the code of a problem."""
        return self.status, self.json["type"].rpartition(":")[2]


class Counter:
    """Calls the dialect over a socket, as staff unless said otherwise."""

    def __init__(self, desk: Desk, client: httpx.AsyncClient, tokens: dict[str, str]) -> None:
        self.desk = desk
        self.client = client
        self.tokens = tokens

    @property
    def url(self) -> str:
        """Where the dialect listens."""
        return str(self.client.base_url).rstrip("/")

    async def __call__(
        self, method: str, path: str, body: Any = None, *, by: str | None = "staff", key: str | None = None
    ) -> Reply:
        """One request; a body that is text is sent as it stands."""
        headers = {"Authorization": f"Bearer {self.tokens[by]}"} if by else {}
        if key is not None:
            headers["Idempotency-Key"] = key
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = body if isinstance(body, str) else json.dumps(body)
        answer = await self.client.request(method, path, content=content, headers=headers)
        return Reply(answer.status_code, answer.headers, answer.text)

    async def record(self, order_id: str = "CMD001", **members: Any) -> dict[str, Any]:
        """A commande that was created."""
        body = {"order_id": order_id, "customer_id": "CLIENT123", "total_amount": 150.50} | members
        reply = await self("POST", "/commandes", body)
        assert reply.status == 201, reply.text
        commande: dict[str, Any] = reply.json
        return commande

    async def number(self, order_id: str) -> int:
        """The integer id of an order."""
        return int((await self.desk.order(order_id))["number"])
