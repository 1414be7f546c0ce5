"""GET /orders/{id}/events: an order's changes as they happen."""

import asyncio

from comanda.contexts.ordering.contract.views import OrderStatusView, TimelineEntryView
from comanda.contexts.ordering.watching import MOST_WAITING, OrderWatch, TooSlow
from comanda.platform.auth import ANONYMOUS
from tests.contexts.ordering.desk import Desk, problem
from tests.contexts.ordering.edge import send, stream
from tests.contexts.ordering.facts import invoice_drafted, payment_succeeded, stock_reserved
from tests.support.services import STAFF, customer


async def test_a_stream_begins_with_how_far_the_order_is_and_goes_on_with_its_changes(desk: Desk) -> None:
    order_id = await desk.place(customer_id="c1")
    async with stream(desk, customer("c1"), f"/orders/{order_id}/events") as client:
        name, number, data = await client.next()
        assert (name, number) == ("status", 1)
        assert OrderStatusView.model_validate(data).status == "created"
        await desk.read(stock_reserved(order_id))
        await desk.read(payment_succeeded(order_id))
        name, number, data = await client.next()
        assert (name, number) == ("change", 2)
        assert TimelineEntryView.model_validate(data).changes == {"inventory": "reserved", "status": "reserved"}
        name, number, data = await client.next()
        assert (number, data["changes"]["status"]) == (3, "paid")


async def test_a_client_that_comes_back_gets_what_it_has_missed_and_nothing_twice(desk: Desk) -> None:
    order_id = await desk.place()
    await desk.read(stock_reserved(order_id), invoice_drafted(order_id))
    async with stream(desk, STAFF, f"/orders/{order_id}/events", last_event_id="2") as client:
        assert (await client.next())[1] == 3
        await desk.read(payment_succeeded(order_id))
        assert (await client.next())[1] == 4


async def test_guests_follow_with_their_token_and_strangers_do_not(desk: Desk) -> None:
    order_id = await desk.place()
    path = f"/orders/{order_id}/events"
    async with stream(desk, ANONYMOUS, f"{path}?token={desk.token(order_id)}") as client:
        assert (await client.next())[0] == "status"
    answer, _ = await send(desk, ANONYMOUS, "GET", path)
    assert problem(answer) == (404, "no-such-order")
    answer, _ = await send(desk, customer("c2"), "GET", path)
    assert problem(answer) == (404, "no-such-order")


async def test_customers_are_not_shown_notes_nor_who_of_the_staff_acted(desk: Desk) -> None:
    order_id = await desk.place(customer_id="c1")
    async with stream(desk, customer("c1"), f"/orders/{order_id}/events") as client:
        await client.next()
        await desk.staff("POST", f"/orders/{order_id}/notes", {"text": "looks like fraud"})
        await desk.staff("POST", f"/orders/{order_id}/cancel")
        _, number, data = await client.next()
        assert (number, data["cause"], data["actor"]) == (3, "cancel", "staff")


async def test_a_hundred_watchers_of_one_order_are_told_by_one_reading(desk: Desk) -> None:
    order_id = await desk.place()
    watch: OrderWatch = desk.service.state["watch"]
    async with asyncio.TaskGroup() as group:

        async def follow() -> None:
            async with watch.watching(order_id, 1) as watcher:
                ready.release()
                entry = await watcher.next()
                assert entry is not None
                assert entry.entry == 2

        ready = asyncio.Semaphore(0)
        for _ in range(100):
            group.create_task(follow())
        for _ in range(100):
            await ready.acquire()
        await desk.read(stock_reserved(order_id))


async def test_the_change_of_another_process_is_seen_too(desk: Desk) -> None:
    order_id = await desk.place()
    async with stream(desk, STAFF, f"/orders/{order_id}/events") as client:
        await client.next()
        await desk.run(
            "insert into timeline (order_id, entry, at, cause, changes) values ($1, 2, now(), 'elsewhere', '{}')",
            order_id,
        )
        assert (await client.next())[2]["cause"] == "elsewhere"


async def test_a_watcher_that_does_not_keep_up_is_let_go(desk: Desk) -> None:
    order_id = await desk.place()
    await desk.run(
        """
        insert into timeline (order_id, entry, at, cause, changes)
        select $1, entry, now(), 'again', '{}'
        from generate_series(2, $2) entry
        """,
        order_id,
        MOST_WAITING + 100,
    )
    watch: OrderWatch = desk.service.state["watch"]
    async with watch.watching(order_id, 1) as watcher:
        for entry in range(2, MOST_WAITING + 2):
            found = await asyncio.wait_for(watcher.next(), 10)
            assert found is not None
            assert found.entry == entry
        try:
            await asyncio.wait_for(watcher.next(), 10)
        except TooSlow:
            return
        raise AssertionError("the watcher was not let go")


async def test_streams_end_when_the_service_stops(desk: Desk) -> None:
    order_id = await desk.place()
    async with stream(desk, STAFF, f"/orders/{order_id}/events") as client:
        await client.next()
        desk.service.stopping.set()
        async with asyncio.timeout(10):
            while True:
                message = await client._chunks.get()
                if message == b"":
                    break


async def test_a_last_event_id_that_is_none_of_ours_is_refused(desk: Desk) -> None:
    order_id = await desk.place()
    answer, _ = await send(desk, STAFF, "GET", f"/orders/{order_id}/events", last_event_id="abc")
    assert answer.status == 422
