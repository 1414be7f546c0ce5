"""GET /orders/{id}/events: the six events by their names, as they happen, and on from where one has left."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from comanda.platform.event_stream import ServerEvent, server_events
from tests.contexts.ordering.dialects.pedidos.conftest import Balcao
from tests.contexts.ordering.dialects.pedidos.seed import BODY, body
from tests.support.disturbances import holding
from tests.support.doors import visiting

pytestmark = pytest.mark.asyncio(loop_scope="module")

BANK_TRANSFER = json.dumps(body(payment={"type": "bank_transfer"}))


@asynccontextmanager
async def _stream(client: httpx.AsyncClient, number: int, **headers: str) -> AsyncIterator[AsyncIterator[ServerEvent]]:
    """The stream of a pedido, left at the end of the block."""
    async with client.stream("GET", f"/orders/{number}/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield server_events(answer.aiter_bytes())


async def _next(events: AsyncIterator[ServerEvent]) -> tuple[str, int, dict[str, Any]]:
    async with asyncio.timeout(10):
        event = await anext(events)
    return event.name, int(event.id), json.loads(event.data)


async def _names(balcao: Balcao, number: int, count: int, **headers: str) -> list[str]:
    async with _stream(balcao.staff, number, **headers) as events:
        return [(await _next(events))[0] for _ in range(count)]


async def test_what_happens_is_told_by_its_name_and_with_how_the_pedido_is_then(balcao: Balcao) -> None:
    async with holding(balcao.shop, "stocking"):
        number = await balcao.order(BANK_TRANSFER)
        async with _stream(balcao.staff, number) as events:
            assert await _next(events) == (
                "PedidoCriado",
                1,
                {
                    "id": number,
                    "status": "pending",
                    "payment": {"status": "pending"},
                    "inventory": {"status": "pending"},
                },
            )
    async with _stream(balcao.staff, number, **{"Last-Event-ID": "1"}) as events:
        name, entry, then = await _next(events)
        assert (name, then["status"], then["inventory"]["status"]) == ("EstoqueReservado", "in_progress", "reserved")
        await balcao.shop.call("paying", "POST", f"/payment-intents/{await balcao.id_of(number)}/confirm")
        name, last, then = await _next(events)
        assert (name, then["status"], then["payment"]["status"]) == ("PagamentoConfirmado", "in_progress", "approved")
        assert last > entry
    await balcao.until(number, "completed")
    assert await _names(balcao, number, 3) == ["PedidoCriado", "EstoqueReservado", "PagamentoConfirmado"]


async def test_a_client_that_comes_back_gets_what_it_has_missed_and_nothing_twice(balcao: Balcao) -> None:
    number = await balcao.order(BANK_TRANSFER)
    async with _stream(balcao.staff, number) as events:
        told = [await _next(events) for _ in range(2)]
    assert (await balcao.cancel(number)).status_code == 200
    async with _stream(balcao.staff, number, **{"Last-Event-ID": str(told[-1][1])}) as events:
        name, entry, then = await _next(events)
        assert (name, then["status"]) == ("PedidoCancelado", "canceled")
        assert entry > told[-1][1]
    for seen, names in ((0, 3), (1, 2), (told[-1][1], 1)):
        all_of_them = ["PedidoCriado", "EstoqueReservado", "PedidoCancelado"]
        assert await _names(balcao, number, names, **{"Last-Event-ID": str(seen)}) == all_of_them[-names:]


async def test_a_shortage_and_a_declined_card_are_told(balcao: Balcao) -> None:
    short = await balcao.order(json.dumps(body(itens=[{"id": 1, "quantity": 999_999}])))
    declined = await balcao.order(json.dumps(body(payment={"type": "card", "token": "tok_declined"})))
    for number in (short, declined):
        await balcao.until(number, "canceled")
    assert await _names(balcao, short, 2) == ["PedidoCriado", "EstoqueInsuficiente"]
    assert await _names(balcao, declined, 3) == ["PedidoCriado", "EstoqueReservado", "PagamentoFalhou"]
    async with _stream(balcao.staff, declined) as events:
        *_, (_, _, then) = [await _next(events) for _ in range(3)]
        assert (then["status"], then["payment"]["status"]) == ("canceled", "declined")


async def test_fifty_watch_one_pedido_and_all_are_told_its_end(balcao: Balcao) -> None:
    number = await balcao.order(BANK_TRANSFER)
    watching = asyncio.Semaphore(0)

    async def watch(client: httpx.AsyncClient) -> list[str]:
        async with _stream(client, number) as events:
            names = [(await _next(events))[0] for _ in range(2)]
            watching.release()
            return [*names, (await _next(events))[0]]

    async with visiting(balcao.shop, balcao.url, "customer", "123") as many:
        watchers = [asyncio.create_task(watch(many)) for _ in range(50)]
        for _ in range(50):
            await watching.acquire()
        assert (await balcao.cancel(number)).status_code == 200
        told = await asyncio.gather(*watchers)
    assert all(names == ["PedidoCriado", "EstoqueReservado", "PedidoCancelado"] for names in told)


async def test_customers_follow_their_own_and_no_other(balcao: Balcao) -> None:
    number = await balcao.order(BODY)
    async with visiting(balcao.shop, balcao.url, "customer", "123") as owner, _stream(owner, number) as events:
        assert (await _next(events))[0] == "PedidoCriado"
    async with visiting(balcao.shop, balcao.url, "customer", "124") as stranger:
        assert (await stranger.get(f"/orders/{number}/events")).status_code == 404


async def test_a_last_event_id_that_is_none_is_refused(balcao: Balcao) -> None:
    number = await balcao.order(BODY)
    answer = await balcao.staff.get(f"/orders/{number}/events", headers={"Last-Event-ID": "abc"})
    assert answer.status_code == 422
