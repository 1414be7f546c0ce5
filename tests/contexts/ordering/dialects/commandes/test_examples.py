"""Every example of the description that the dialect keeps working, word by word; host, token and id aside."""

import asyncio
import json
from decimal import Decimal

from tests.contexts.ordering.dialects.commandes.counter import Counter

LISTING = """
curl -H "Authorization: Bearer TOKEN" \\
     http://localhost:8001/commandes
"""

CREATING = """
curl -X POST "http://localhost:8001/commandes" \\
  -H "Authorization: Bearer TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{
    "order_id": "CMD001",
    "customer_id": "CLIENT123",
    "total_amount": 150.50,
    "status": "pending"
  }'
"""

WRITING_STATUS = """
curl -X PUT "http://localhost:8001/commandes/1/status" \\
  -H "Authorization: Bearer TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '"processing"'
"""


async def run(counter: Counter, line: str) -> tuple[int, str]:
    """Run a line of the description in a shell; answers the status and the body."""
    line = line.strip().replace("http://localhost:8001", counter.url).replace("TOKEN", counter.tokens["staff"])
    line += " -s -w '\\n%{http_code}'"
    process = await asyncio.create_subprocess_shell(
        line, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err
    body, _, status = out.decode().rpartition("\n")
    return int(status), body


async def test_the_curl_lines_work_as_they_are_written(counter: Counter) -> None:
    assert await run(counter, LISTING) == (200, "[]")
    status, body = await run(counter, CREATING)
    assert status == 201
    created = json.loads(body, parse_float=Decimal)
    assert list(created) == ["id", "order_id", "customer_id", "created_at", "status", "total_amount", "updated_at"]
    assert (created["id"], created["order_id"], created["customer_id"], created["status"]) == (
        *(1, "CMD001", "CLIENT123", "pending"),
    )
    assert '"total_amount":150.50,' in body
    status, body = await run(counter, WRITING_STATUS)
    assert (status, json.loads(body)["status"]) == (200, "processing")
    status, body = await run(counter, LISTING)
    assert [(commande["order_id"], commande["status"]) for commande in json.loads(body)] == [("CMD001", "processing")]


async def test_the_first_page_needs_no_token_and_all_others_do(counter: Counter) -> None:
    first = await counter("GET", "/", by=None)
    assert (first.status, first.json) == (
        *(200, {"service": "Microservice Commandes", "version": "3.0.0", "status": "ok"}),
    )
    for method, path in (
        ("GET", "/stats"),
        ("GET", "/commandes"),
        ("POST", "/commandes"),
        ("GET", "/commandes/1"),
        ("GET", "/commandes/order/CMD001"),
        ("GET", "/commandes/customer/CLIENT123"),
        ("PUT", "/commandes/1"),
        ("DELETE", "/commandes/1"),
        ("PUT", "/commandes/1/status"),
        ("GET", "/commandes/status/pending"),
    ):
        assert (await counter(method, path, by=None)).status == 401, path
        assert (await counter(method, path, by="customer")).status == 403, path
    for role in ("staff", "admin", "service", "reader"):
        assert (await counter("GET", "/commandes", by=role)).status == 200
    assert (await counter("POST", "/commandes", {}, by="reader")).status == 403


async def test_the_documents_are_where_they_were(counter: Counter) -> None:
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert (await counter("GET", path, by=None)).status == 200
    document = (await counter("GET", "/openapi.json", by=None)).json
    assert (document["info"]["title"], document["info"]["version"]) == ("Microservice Commandes", "3.0.0")


async def test_every_endpoint_of_the_description_answers(counter: Counter) -> None:
    commande = await counter.record()
    path = f"/commandes/{commande['id']}"
    assert (await counter("GET", path)).json == commande
    assert (await counter("GET", "/commandes/order/CMD001")).json == commande
    assert (await counter("GET", "/commandes/customer/CLIENT123")).json == [commande]
    assert (await counter("GET", "/commandes/status/pending")).json == [commande]
    assert (await counter("GET", "/commandes/status/completed")).json == []
    assert (await counter("GET", "/stats")).json == {
        "total_commandes": 1,
        "total_amount": Decimal("150.50"),
        "par_statut": {"pending": 1, "processing": 0, "completed": 0, "cancelled": 0},
    }
    changed = await counter("PUT", path, {"total_amount": 99.9})
    assert (changed.status, changed.json["total_amount"]) == (200, Decimal("99.90"))
    assert (await counter("DELETE", path)).status == 204
    assert (await counter("GET", path)).problem == (404, "no-such-order")
