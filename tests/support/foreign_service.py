"""A foreign service that keeps stages of orders: another process's words, an own ledger, real HTTP.

It does what docs/guides/foreign-services.md asks of one: each key once, an undo for what it never heard of is kept.
It can be told to fail: before or after having done what it was asked.
"""

import asyncio
import json
import random
import socket
import threading
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from comanda.contexts.ordering.foreign.addresses import ForeignServices

Answer = tuple[int, dict[str, Any]]

DOWN, LOST, HANGS, TEACHES, REDIRECTS, FLOODS = "down", "lost", "hangs", "teaches", "redirects", "floods"
"""How it may fail: not at all reached; done, and the answer lost; no answer; 400; sends elsewhere; says too much."""

UNREACHABLE = "nobody@example.org"
"""An address that no message gets to."""

NO_ORDER_NO_EFFECT = ("release", "refund", "cancel")


@dataclass
class Kept:
    """What it keeps of one order: the word of each stage now, and how often each thing was done."""

    words: dict[str, str] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)


class ForeignService:
    """All five stages below one address: `{url}/inventory/reservations` and so on."""

    def __init__(self) -> None:
        self.stock: dict[str, int] = {}
        self.declines: set[str] = {"tok_declined"}
        self.refuses_postal_code = "0000-000"
        self.carts: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, Kept] = {}
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, str, dict[str, Any]]] = []
        self.paid: set[str] = set()
        self.left: set[str] = set()
        self.failing: dict[str, str] = {}
        self.fails_once: dict[str, str] = {}
        self.loses = 0.0
        self.chance = random.Random(7)
        self.port = 0

    def services(self, *stages: str, token: str = "") -> ForeignServices:
        """The addresses of these stages."""
        urls = {stage: f"http://ada:secret@127.0.0.1:{self.port}/{stage}" for stage in stages}
        return ForeignServices.parse(urls, dict.fromkeys(stages, token))

    def of(self, order_id: str) -> Kept:
        """What it keeps of an order."""
        return self.orders.setdefault(order_id, Kept())

    def asked(self, order_id: str) -> list[str]:
        """What it was asked about an order, tries included, in order."""
        return [what for what, about, _ in self.requests if about == order_id]

    async def answer(self, request: Request) -> Response:
        """One request."""
        stage, *path = request.url.path.strip("/").split("/")
        if stage == "cart":
            return self._cart("/".join(path[1:]))
        body = json.loads(await request.body())
        what = path[-1] if len(path) > 1 else path[0]
        order_id, key = body["order_id"], request.headers["idempotency-key"]
        self.requests.append((what, order_id, body | {"authorization": request.headers.get("authorization")}))
        mode = self.fails_once.pop(what, None) or self.failing.get(what) or self.failing.get(stage)
        if mode is None and self.chance.random() < self.loses:
            mode = self.chance.choice((DOWN, LOST))
        if mode in (DOWN, TEACHES, REDIRECTS, FLOODS):
            return _failure(mode, str(request.url))
        if key not in self.answers:
            done = self._do(stage, what, self.of(order_id), body)
            if done[1]["status"] != "pending":
                self.answers[key] = done
        if mode == LOST:
            return Response("done, and then it broke", 500)
        if mode == HANGS:
            await _given_up(request)
        status, answer = self.answers.get(key) or (202, {"status": "pending"})
        return JSONResponse(answer, status)

    def _cart(self, cart_id: str) -> Response:
        cart = self.carts.get(cart_id)
        return JSONResponse(cart) if cart is not None else JSONResponse({"detail": "no such cart"}, 404)

    def _do(self, stage: str, what: str, kept: Kept, body: dict[str, Any]) -> Answer:
        """Do it, once for a key; what was undone before it came is not done any more."""
        if kept.words.get(stage) in ("released", "refunded", "voided", "canceled") and what not in NO_ORDER_NO_EFFECT:
            return 409, {"status": {"inventory": "insufficient", "payment": "declined"}.get(stage, "refused")}
        status, answer = getattr(self, f"_{what}")(kept, body)
        if answer["status"] != "pending":
            kept.words[stage] = answer["status"]
            kept.done[answer["status"]] += 1
        return status, answer

    def _reservations(self, kept: Kept, body: dict[str, Any]) -> Answer:
        if any(self.stock.get(line["sku"], 0) < line["quantity"] for line in body["lines"]):
            return 409, {"status": "insufficient", "reason": "sold out"}
        for line in body["lines"]:
            self.stock[line["sku"]] -= line["quantity"]
        kept.words["lines"] = json.dumps(body["lines"])
        return 201, {"status": "reserved", "reference": f"R-{body['number']}"}

    def _commit(self, kept: Kept, body: dict[str, Any]) -> Answer:
        return 200, {"status": "committed"}

    def _release(self, kept: Kept, body: dict[str, Any]) -> Answer:
        for line in json.loads(kept.words.pop("lines", "[]")):
            self.stock[line["sku"]] += line["quantity"]
        return 200, {"status": "released"}

    def _payments(self, kept: Kept, body: dict[str, Any]) -> Answer:
        if body["payment_method"]["token"] in self.declines:
            return 402, {"status": "declined", "reason": "declined"}
        if body["payment_method"]["token"] == "tok_pending" and body["order_id"] not in self.paid:
            return 202, {"status": "pending"}
        return 201, {"status": "succeeded"}

    def _refund(self, kept: Kept, body: dict[str, Any]) -> Answer:
        return 200, {"status": "refunded" if kept.words.get("payment") == "succeeded" else "voided"}

    def _shipments(self, kept: Kept, body: dict[str, Any]) -> Answer:
        if body["shipping_address"]["postal_code"] == self.refuses_postal_code:
            return 422, {"status": "refused", "reason": "nobody drives there"}
        return 201, {"status": "scheduled", "carrier": "Elsewhere", "tracking_number": f"E-{body['number']}"}

    def _cancel(self, kept: Kept, body: dict[str, Any]) -> Answer:
        if body["order_id"] in self.left:
            return 409, {"status": "dispatched"}
        return 200, {"status": "canceled"}

    def _messages(self, kept: Kept, body: dict[str, Any]) -> Answer:
        if body["email"] == UNREACHABLE:
            return 422, {"status": "failed", "reason": "no such mailbox"}
        return 202, {"status": "sent" if body["email"] else "skipped"}


async def _given_up(request: Request) -> None:
    """Wait until who asked has gone away."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _failure(mode: str, url: str) -> Response:
    if mode == REDIRECTS:
        return RedirectResponse(url, 307)
    if mode == FLOODS:
        return Response(b'{"status": "reserved", "reason": "' + b"x" * 2_000_000 + b'"}')
    return Response("no", 503 if mode == DOWN else 400)


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@asynccontextmanager
async def foreign_service() -> AsyncIterator[ForeignService]:
    """A running one, in a thread of its own, stopped afterwards."""
    foreign = ForeignService()
    app = Starlette(routes=[Route("/{path:path}", foreign.answer, methods=["GET", "POST"])])
    server = _Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    await asyncio.to_thread(server.listening.wait, 10)
    foreign.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield foreign
    finally:
        server.should_exit = True
        await asyncio.to_thread(thread.join)
