"""Cancel against pay: whichever comes first, there is one outcome."""

import asyncio
import random
from collections.abc import Iterable
from typing import Any

import pytest

from tests.contexts.ordering.dialects.pedidos.conftest import Balcao
from tests.support.listener import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

PEDIDOS, BUYERS = 200, 10


async def test_two_hundred_cancels_that_race_with_the_payment_have_one_outcome_each(balcao: Balcao) -> None:
    """200 and canceled for good with no money held, or 409 and completed: never both, never neither."""
    dice = random.Random(4)
    answers: dict[int, int] = {}

    async def order_and_cancel(times: int) -> None:
        for turn in range(times):
            number = await balcao.order()
            if turn == 0:  # too late, however slow the machine is
                await until(lambda number=number: balcao.seen(number), lambda it: it["payment"]["status"] == "approved")
            await asyncio.sleep(dice.choice((0, dice.uniform(0, 0.2))))
            answers[number] = (await balcao.cancel(number)).status_code

    await asyncio.gather(*(order_and_cancel(PEDIDOS // BUYERS) for _ in range(BUYERS)))
    assert len(answers) == PEDIDOS
    ended = await _ended(balcao, answers)
    outcomes = {(status, ended[number]["status"]) for number, status in answers.items()}
    assert outcomes == {(200, "canceled"), (409, "completed")}, "both have to occur, and nothing else"
    for number, status in answers.items():
        pedido = ended[number]
        if status == 200:
            assert pedido["inventory"] == "released" and pedido["payment"] in ("voided", "refunded"), pedido
        else:
            assert (pedido["inventory"], pedido["payment"]) == ("committed", "approved"), pedido
    listed = (await balcao.staff.get("/orders", params={"limit": PEDIDOS})).json()
    assert {pedido["id"]: pedido["status"] for pedido in listed} == {n: ended[n]["status"] for n in answers}
    sold = 2 * list(answers.values()).count(409)
    assert await balcao.shop.level("1") == (100_000 - sold, 0)
    await balcao.shop.assert_clean()


async def _ended(balcao: Balcao, numbers: Iterable[int]) -> dict[int, dict[str, Any]]:
    """How the pedidos are once each has ended and nothing moves any more: status, payment, inventory."""
    async with balcao.shop.sql() as connection:

        async def rows() -> list[dict[str, Any]]:
            found = await connection.fetch(
                "select number, order_id, status, payment, inventory from ordering.progress where number = any ($1)",
                list(numbers),
            )
            return [dict(row) for row in found]

        await balcao.shop.ended([row["order_id"] for row in await rows()])
        await balcao.shop.settled()
        return {row["number"]: row for row in await rows()}


async def test_fifty_cancels_of_one_pedido_at_once_are_one(balcao: Balcao) -> None:
    number = await balcao.order()
    answers = await asyncio.gather(*(balcao.cancel(number) for _ in range(50)))
    assert len({answer.status_code for answer in answers}) == 1
    order_id = await balcao.id_of(number)
    await balcao.shop.ended([order_id])
    await balcao.shop.settled()
    assert (await balcao.shop.events(order_id)).count("OrderCanceled") == int(answers[0].status_code == 200)
    await balcao.shop.assert_clean()
