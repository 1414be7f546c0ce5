"""The dialect as a process of its own, asking ordering over HTTP: the same answers, the same streams."""

import asyncio
import json

import httpx
import pytest

from comanda.contexts.ordering.dialects.pedidos import dialect
from comanda.platform.event_stream import server_events
from tests.contexts.ordering.dialects.pedidos.conftest import JSON, Balcao
from tests.contexts.ordering.dialects.pedidos.seed import BODY, CREATED, body, like
from tests.support.doors import served_apart, visiting

pytestmark = pytest.mark.asyncio(loop_scope="module")

FOLLOWERS = 120
"""More than an HTTP client of ours opens connections by default."""


async def test_many_follow_without_keeping_others_from_being_answered_and_all_end_when_it_stops(balcao: Balcao) -> None:
    following = asyncio.Semaphore(0)
    stopping = asyncio.Event()

    async def follow(number: int) -> list[str]:
        """Follow as a browser does: a stream that ends is opened again, from the last event on."""
        names, last = [], ""
        while not stopping.is_set():
            headers = {"Last-Event-ID": last} if last else {}
            async with followers.stream("GET", f"/orders/{number}/events", headers=headers) as answer:
                async for event in server_events(answer.aiter_bytes()):
                    names.append(event.name)
                    last = event.id
                    following.release()
        return names

    limits = httpx.Limits(max_connections=None)
    async with served_apart(balcao.shop, dialect) as apart, visiting(balcao.shop, apart.url, "staff", "s1") as staff:
        followers = httpx.AsyncClient(base_url=apart.url, headers=staff.headers, limits=limits, timeout=60)
        async with followers:
            pending = json.dumps(body(payment={"type": "bank_transfer"}))
            number = (await staff.post("/orders", content=pending, headers=JSON)).json()["id"]
            streams = []
            for _ in range(FOLLOWERS):  # one after the other: it is about many, not about all at once
                streams.append(asyncio.create_task(follow(number)))
                for _ in ("PedidoCriado", "EstoqueReservado"):
                    await asyncio.wait_for(following.acquire(), 30)
            answer = await staff.post("/orders", content=BODY, headers=JSON)
            assert (answer.status_code, answer.json()) == (201, like(CREATED, id=answer.json()["id"]))
            assert (await staff.get("/orders/999999999")).status_code == 404
            stopping.set()
            await apart.stop()
            told = await asyncio.wait_for(asyncio.gather(*streams), 5)
    assert all(names == ["PedidoCriado", "EstoqueReservado"] for names in told)
