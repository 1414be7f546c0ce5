"""Requests that make no sense: refused, never a failure of the server, and nothing changes."""

import random
import string
from typing import Any

import msgspec
import pytest

from comanda.contexts.ordering.access import ACCESS
from comanda.kernel.ids import new_id
from tests.contexts.ordering.desk import Desk
from tests.contexts.ordering.edge import send
from tests.contexts.ordering.flow import goods, order_body
from tests.support.services import STAFF

NAMES = (
    *("lines", "sku", "name", "quantity", "unit_price", "shipping", "total", "currency", "country", "created_at"),
    *("metadata", "status", "reason", "text", "note", "order_id", "reference", "order_reference", "customer_id"),
    *("email", "orders", "credits", "cursor", "limit", "heal", "cart_id", "shipping_address", "billing_address"),
    *("shipping_method", "payment_method", "type", "token", "expected_total", "language", "street", "unpaid_only"),
)
TEXTS = (
    "",
    "x",
    "\x00",
    "\x00\x1f",
    "'; drop table orders; --",
    "<script>alert(1)</script>",
    "\u202egnp.exe",
    "é",
    "e\u0301",
    "🙂" * 60,
    "x" * 5_000,
    "1e9",
    "NaN",
    "-1",
    "EUR",
    "JPY",
    "PT",
    "card",
    "completed",
    "2026-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "%00",
    "../../etc/passwd",
    "{{7*7}}",
    "a@b.co",
)
NUMBERS = (0, -1, 1, 1.5, 2**31, 2**53, 2**63, -(2**63), 2**64, 1e308, -0.0, 200, 1_000_001)


class Nonsense:
    """Values drawn from a seed."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)

    def value(self, depth: int = 0) -> Any:
        kind = self.draw.randrange(8 if depth < 4 else 5)
        if kind < 2:
            return self.draw.choice(TEXTS)
        if kind == 2:
            return self.draw.choice(NUMBERS)
        if kind == 3:
            return self.draw.choice((None, True, False))
        if kind == 4:
            return "".join(self.draw.choices(string.printable, k=self.draw.randrange(60)))
        if kind == 5:
            return [self.value(depth + 1) for _ in range(self.draw.randrange(4))]
        return self.members(depth)

    def members(self, depth: int = 0) -> dict[str, Any]:
        return {self.draw.choice(NAMES): self.value(depth + 1) for _ in range(self.draw.randrange(7))}

    def spoil(self, body: Any) -> Any:
        """A good body with one value replaced."""
        if isinstance(body, dict) and body and self.draw.random() < 0.85:
            name = self.draw.choice(list(body))
            return body | {name: self.spoil(body[name])}
        if isinstance(body, list) and body and self.draw.random() < 0.8:
            return [self.spoil(body[0]), *body[1:]]
        return self.value()

    def query(self) -> dict[str, Any]:
        names = (
            "status",
            "sort",
            "limit",
            "cursor",
            "query",
            "number",
            "from",
            "to",
            "min_total",
            "email",
            "reference",
        )
        return {self.draw.choice(names): str(self.value(5)) for _ in range(self.draw.randrange(4))}


LINE = {"sku": "A", "name": "A", "quantity": 1, "unit_price": 100}
BUYERS: dict[str, dict[str, Any]] = {
    "POST /checkout": {
        "lines": [{"sku": "A", "quantity": 1}],
        "payment_method": {"type": "card"},
        "shipping_address": {"country": "PT"},
    },
    "POST /orders": order_body(("A", 1), metadata={"a": 1}, expected_total=1_000, language="fr"),
}
GOOD: dict[str, dict[str, Any]] = {
    "POST /orders/recorded": {
        "currency": "EUR",
        "lines": [LINE],
        "shipping": 1,
        "reference": "r",
        "metadata": {"a": 1},
    },
    "POST /orders/import": {
        "orders": [{"reference": "1", "created_at": "2020-01-01T00:00:00Z", "currency": "EUR", "lines": [LINE]}],
        "credits": [{"reference": "2", "created_at": "2020-01-01T00:00:00Z", "currency": "EUR", "lines": [LINE]}],
    },
    "PATCH /orders/{order_id}": {"total": 5, "status": "paid", "metadata": {}, "created_at": "2020-01-01T00:00:00Z"},
    "PUT /orders/{order_id}/status": {"status": "paid"},
    "POST /orders/{order_id}/notes": {"text": "note"},
    "POST /orders/{order_id}/cancel": {"reason": "r", "unpaid_only": True},
    "POST /returns": {"order_id": "o", "lines": [{"sku": "A", "quantity": 1}], "reason": "r"},
    "POST /returns/{return_id}/reject": {"reason": "r"},
    "POST /comparisons": {"limit": 5, "cursor": None, "heal": False},
}


@pytest.mark.parametrize("row", BUYERS)
async def test_nonsense_from_buyers_is_refused_and_never_fails(shop: Desk, row: str) -> None:
    await goods(shop, A=5)
    method, path = row.split(" ")
    for seed in range(200):
        nonsense = Nonsense(seed)
        body = nonsense.spoil(BUYERS[row]) if seed % 3 else nonsense.value()
        answer = await (shop.staff if seed % 2 else shop.guest)(method, path, body)
        assert answer.status < 500, (row, seed, body, answer.body)


@pytest.mark.parametrize("row", [row for row in ACCESS if row not in BUYERS and not row.endswith("/events")])
async def test_nonsense_is_refused_and_never_fails(desk: Desk, row: str) -> None:
    managed = await desk.delivered(customer_id="c1")
    recorded = (await desk.staff("POST", "/orders/recorded", {"currency": "EUR", "total": 1})).json()["id"]
    method, template = row.split(" ")
    for seed in range(60):
        nonsense = Nonsense(seed)
        id = nonsense.draw.choice((managed, recorded, new_id(), managed.upper(), "nonsense", "0", "%20", "x" * 200))
        path = template.replace("{order_id}", id).replace("{return_id}", id).replace("{task_id}", id)
        good = GOOD.get(row)
        body = None
        if method in ("POST", "PUT", "PATCH"):
            body = nonsense.spoil(good) if good is not None and seed % 3 else nonsense.value()
        answer = await desk.staff(method, path, body, query=nonsense.query() if method == "GET" else None)
        assert answer.status < 500, (row, seed, body, answer.body)
        if answer.status >= 400:
            assert answer.json()["status"] == answer.status


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b'{"text": "\xff"}', b'{"text": NaN}', b'{"text": "\\ud800"}', b"[" * 100 + b"]" * 100],
)
@pytest.mark.parametrize("path", ["/orders", "/checkout", "/orders/recorded", "/orders/import", "/returns"])
async def test_bytes_that_are_no_request_are_refused(desk: Desk, path: str, body: bytes) -> None:
    answer = await raw(desk, path, body)
    assert 400 <= answer < 500


async def raw(desk: Desk, path: str, body: bytes) -> int:
    """The status that bytes are answered with."""
    answer, _ = await send(desk, STAFF, "POST", path, msgspec.Raw(body))
    return answer.status


async def test_metadata_that_json_cannot_keep_is_refused(desk: Desk) -> None:
    for body in (
        b'{"currency":"EUR","total":1,"metadata":{"a":"\\ud800"}}',
        b'{"currency":"EUR","total":1,"metadata":{"a":NaN}}',
    ):
        assert await raw(desk, "/orders/recorded", body) in (201, 400, 422)
    assert (await desk.staff("GET", "/orders")).status == 200
