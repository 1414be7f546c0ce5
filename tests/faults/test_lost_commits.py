"""A COMMIT whose answer is lost: what it did is done, and whoever asked does not know it."""

import asyncio
from typing import Any

import pytest

from comanda.platform.auth import ANONYMOUS
from comanda.platform.outbound import Answer
from tests.support.cutting_proxy import proxied
from tests.support.database import Database
from tests.support.listener import until
from tests.support.services import STAFF
from tests.support.shop import Shop, open_shop

PLACES = "insert into orders"


async def _place(shop: Shop, body: dict[str, Any], key: str) -> Answer:
    """As a client does: the same request with the same key, until it is answered."""
    place = shop.services.call("ordering", ANONYMOUS)
    return await until(lambda: place("POST", "/orders", body, key=key), lambda answer: answer.status != 503)


async def _placed(shop: Shop) -> int:
    async with shop.sql() as connection:
        return int(await connection.fetchval("select count(*) from ordering.orders"))


@pytest.mark.parametrize("key", ["mine", None])
async def test_an_order_whose_commit_is_cut_off_is_placed_once_and_answered(
    database: Database, key: str | None
) -> None:
    async with proxied(database) as (proxy, behind), open_shop(behind) as shop:
        sku = await shop.product(10)
        cut = proxy.cut(PLACES)
        placed = await shop.order({sku: 1}, key=key)
        assert cut.done == 1
        assert (await shop.until(placed["id"]))["status"] == "completed"
        assert await _placed(shop) == 1
        assert await shop.level(sku) == (9, 0)
        await shop.assert_clean()


async def test_a_service_that_gives_up_answers_503_and_the_same_request_gets_the_same_order(database: Database) -> None:
    async with proxied(database) as (proxy, behind), open_shop(behind) as shop:
        sku = await shop.product(10)
        body = shop.body({sku: 1})
        place = shop.services.call("ordering", ANONYMOUS)
        cut = proxy.cut("idempotency_keys", times=5)
        first = await place("POST", "/orders", body, key="mine")
        assert (first.status, cut.done) == (503, 5)
        again = await place("POST", "/orders", body, key="mine")
        assert again.status == 201
        assert await _placed(shop) == 1
        assert (await shop.until(again.json()["id"]))["status"] == "completed"
        await shop.assert_clean()


async def test_orders_under_load_whose_commits_are_cut_off_again_and_again_are_placed_once(database: Database) -> None:
    async with proxied(database) as (proxy, behind), open_shop(behind) as shop:
        sku = await shop.product(1_000)
        cut = proxy.cut(PLACES, times=1_000, spared=1)
        answers: list[Answer] = []

        async def buyer(name: int) -> None:
            for turn in range(10):
                answers.append(await _place(shop, shop.body({sku: 1}), f"{name}-{turn}"))

        await asyncio.gather(*(buyer(name) for name in range(12)))
        assert cut.done >= 5
        assert {answer.status for answer in answers} == {201}
        ids = {answer.json()["id"] for answer in answers}
        assert len(ids) == await _placed(shop) == 120
        assert set((await shop.ended(list(ids))).values()) == {"completed"}
        assert await shop.level(sku) == (880, 0)
        await shop.assert_clean()


async def test_batches_whose_commits_are_cut_off_have_their_effect_once(database: Database) -> None:
    async with proxied(database) as (proxy, behind), open_shop(behind) as shop:
        sku = await shop.product(1_000)
        cut = proxy.cut("messaging.cursors", times=30, spared=2)
        placed = []
        for turn in range(40):
            token = "tok_declined" if turn % 5 == 0 else "tok_approved"
            answer = await _place(shop, shop.body({sku: 1}, token=token), f"turn {turn}")
            placed.append(answer.json()["id"])
        statuses = await shop.ended(placed)
        assert sorted(statuses.values()) == ["completed"] * 32 + ["failed"] * 8
        assert cut.done >= 10
        await shop.settled()
        assert await shop.level(sku) == (968, 0)
        await shop.assert_clean()


async def test_a_payment_whose_record_is_cut_off_is_taken_and_refunded_once(database: Database) -> None:
    async with proxied(database) as (proxy, behind), open_shop(behind) as shop:
        sku = await shop.product(1_000)
        cut = proxy.cut("select true from intents", times=6)
        placed = [(await shop.order({sku: 1}, token="tok_timeout"))["id"] for _ in range(3)]
        assert set((await shop.ended(placed)).values()) == {"completed"}
        assert cut.done == 6
        cut = proxy.cut("select true from intents", times=3)
        for order_id in placed:
            assert (await shop.cancel(order_id)).status == 202
        for order_id in placed:
            await shop.until_it(order_id, lambda order: order["payment"]["status"] == "refunded")
        assert cut.done == 3
        await shop.assert_clean()


@pytest.mark.parametrize("words", ["idempotency_keys", "refunds"])
async def test_a_refund_whose_commit_is_cut_off_is_asked_for_again_and_paid_once(
    database: Database, words: str
) -> None:
    async with proxied(database) as (proxy, behind), open_shop(behind) as shop:
        sku = await shop.product(10)
        placed = await shop.order({sku: 1})
        await shop.until(placed["id"], "completed")
        body = {"order_id": placed["id"], "amount": {"amount": 700, "currency": "EUR"}, "reason": "scratched"}
        refund = shop.services.call("paying", STAFF)
        cut = proxy.cut(words)
        first = await refund("POST", "/refunds", body, key="mine")
        assert cut.done == 1
        assert first.status == 503 and "Idempotency-Key" in first.json()["detail"]
        again = await refund("POST", "/refunds", body, key="mine")
        assert again.status == 201
        await shop.settled()
        assert [one["amount"]["amount"] for one in await shop.refunds(placed["id"])] == [700]
        await shop.assert_clean()


async def test_a_cancel_whose_commit_is_cut_off_has_canceled(database: Database) -> None:
    async with proxied(database) as (proxy, behind), open_shop(behind) as shop:
        sku = await shop.product(10)
        placed = await shop.order({sku: 1}, method="bank_transfer")
        await shop.until(placed["id"], "reserved")
        await shop.settled()  # else the cut may meet the consumer, which writes timelines too
        cut = proxy.cut("insert into timeline")
        first = await shop.cancel(placed["id"])
        assert cut.done == 1
        assert first.status == 503
        again = await shop.cancel(placed["id"])
        assert (again.status, again.json()["status"]) == (200, "canceled")
        await shop.assert_clean()
