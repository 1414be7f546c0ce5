"""Calls between services: over HTTP they survive what passes, and stop asking what does not answer."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from comanda.kernel.errors import Conflict, NotFound, Unavailable
from comanda.platform.auth import Principal
from comanda.platform.http.problems import problem
from comanda.platform.outbound import InProcess, OverHttp
from comanda.runtime.server import make_server


class Elsewhere:
    """A service that answers what it is told to, and counts."""

    def __init__(self) -> None:
        self.calls: list[Request] = []
        self.bodies: list[bytes] = []
        self.answer: Callable[[int], Response] = lambda _: JSONResponse({"ok": True})
        self.app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST", "PUT"])])

    async def _answer(self, request: Request) -> Response:
        self.calls.append(request)
        self.bodies.append(await request.body())
        return self.answer(len(self.calls))


@asynccontextmanager
async def listening(elsewhere: Elsewhere, **options: float) -> AsyncIterator[OverHttp]:
    """A client of a service behind a real socket."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        server = make_server({port: elsewhere.app})
        serving = asyncio.create_task(server.serve(sockets=[sock]))
        await server.listening.wait()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=1.0) as client:
            yield OverHttp(client, "elsewhere", lambda: "TOKEN", **options)  # type: ignore[arg-type]
        server.should_exit = True
        await serving


async def test_a_call_carries_token_key_and_body() -> None:
    elsewhere = Elsewhere()
    async with listening(elsewhere) as outbound:
        answer = await outbound.call("POST", "/things", json={"a": 1}, query={"b": ["x", "y"]}, key="k-1")
    assert answer.json() == {"ok": True}
    request = elsewhere.calls[0]
    assert request.headers["authorization"] == "Bearer TOKEN"
    assert request.headers["idempotency-key"] == "k-1"
    assert request.url.query == "b=x&b=y"
    assert elsewhere.bodies == [b'{"a":1}']


async def test_what_may_be_repeated_is_tried_again_after_503() -> None:
    elsewhere = Elsewhere()
    elsewhere.answer = lambda n: problem(503, "busy", "later") if n < 3 else JSONResponse({"ok": n})
    async with listening(elsewhere) as outbound:
        assert (await outbound.call("GET", "/things")).json() == {"ok": 3}


async def test_a_post_without_a_key_is_never_repeated() -> None:
    elsewhere = Elsewhere()
    elsewhere.answer = lambda _: problem(503, "busy", "later")
    async with listening(elsewhere) as outbound:
        with pytest.raises(Unavailable):
            await outbound.call("POST", "/things", json={})
    assert len(elsewhere.calls) == 1


async def test_a_service_that_keeps_failing_is_left_alone_for_a_while() -> None:
    elsewhere = Elsewhere()
    elsewhere.answer = lambda _: problem(503, "busy", "later")
    async with listening(elsewhere, attempts=1, opens_after=3, closes_after_s=0.3) as outbound:
        for _ in range(10):
            with pytest.raises(Unavailable):
                await outbound.call("GET", "/things")
        assert len(elsewhere.calls) < 10
        elsewhere.answer = lambda _: JSONResponse({"ok": True})
        await asyncio.sleep(0.4)
        assert (await outbound.call("GET", "/things")).status == 200


@pytest.mark.parametrize(("status", "error"), [(404, NotFound), (409, Conflict), (500, Unavailable)])
async def test_a_problem_becomes_the_error_it_describes(status: int, error: type[Exception]) -> None:
    elsewhere = Elsewhere()
    elsewhere.answer = lambda _: problem(status, "some-code", "what was wrong")
    inside = InProcess(lambda: elsewhere.app, Principal("service", "test"))
    answer = await inside.call("GET", "/things")
    with pytest.raises(error, match="what was wrong"):
        answer.checked()


async def test_a_service_that_does_not_answer_in_time_is_unavailable() -> None:
    async def never(_: object, __: object, ___: object) -> None:
        await asyncio.Event().wait()

    with pytest.raises(Unavailable):
        await InProcess(lambda: never, Principal("service", "test"), timeout_s=0.05).call("GET", "/")
