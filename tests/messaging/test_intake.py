"""Requests that arrive together share a transaction, and each has its own answer."""

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest

from comanda.kernel.errors import Unavailable
from comanda.messaging.intake import Intake

LOST = asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")


class Desk:
    """Answers each command with itself, doubled, and remembers the groups. `trouble` is raised for groups."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.begun = asyncio.Event()
        self.trouble: dict[int, list[Exception]] = {}

    async def run(self, commands: Sequence[int]) -> list[int | Exception]:
        self.groups.append(list(commands))
        self.begun.set()
        await asyncio.sleep(0.001)
        for command in commands:
            if self.trouble.get(command):
                raise self.trouble[command].pop(0)
        return [ValueError(f"{command} is odd") if command % 2 else command * 2 for command in commands]


async def test_what_arrives_together_is_one_group_and_what_comes_meanwhile_the_next() -> None:
    desk = Desk()
    intake: Intake[int, int] = Intake(desk.run)
    first = [asyncio.create_task(intake.submit(number, number)) for number in (2, 4, 6)]
    await desk.begun.wait()
    later = [asyncio.create_task(intake.submit(number, number)) for number in (8, 10)]
    assert await asyncio.gather(*first, *later) == [4, 8, 12, 16, 20]
    assert desk.groups == [[2, 4, 6], [8, 10]]


async def test_each_has_its_own_error() -> None:
    intake: Intake[int, int] = Intake(Desk().run)
    answers = await asyncio.gather(*(intake.submit(n, n) for n in (2, 3, 4)), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["4", "3 is odd", "8"]


async def test_of_one_key_there_is_one_in_a_group_and_its_twins_come_after_it_in_order() -> None:
    desk = Desk()
    intake: Intake[int, int] = Intake(desk.run)
    await asyncio.gather(*(intake.submit(command, key) for command, key in [(2, "a"), (4, "a"), (6, "b"), (8, "a")]))
    assert desk.groups == [[2, 6], [4], [8]]


async def test_a_group_is_bounded() -> None:
    desk = Desk()
    intake: Intake[int, int] = Intake(desk.run, group_size=2)
    await asyncio.gather(*(intake.submit(n, n) for n in (2, 4, 6, 8, 10)))
    assert desk.groups == [[2, 4], [6, 8], [10]]


async def test_what_passes_is_tried_again_and_at_last_answered_503() -> None:
    desk = Desk()
    desk.trouble = {2: [LOST], 4: [LOST] * 2}
    intake: Intake[int, int] = Intake(desk.run, attempts=2)
    assert await intake.submit(2, 2) == 4
    with pytest.raises(Unavailable):
        await intake.submit(4, 4)


async def test_one_that_breaks_its_group_does_not_spoil_the_others() -> None:
    desk = Desk()
    desk.trouble = {4: [RuntimeError("broken"), RuntimeError("broken")]}
    intake: Intake[int, int] = Intake(desk.run)
    answers = await asyncio.gather(*(intake.submit(n, n) for n in (2, 4, 6)), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["4", "broken", "12"]


async def test_a_wait_that_is_given_up_takes_nothing_back_and_a_drain_waits_for_all() -> None:
    desk = Desk()
    intake: Intake[int, int] = Intake(desk.run)
    waits = [asyncio.create_task(intake.submit(number, number)) for number in (2, 4)]
    await asyncio.sleep(0)
    waits[0].cancel()
    await intake.drain()
    assert desk.groups == [[2, 4]]
    assert await waits[1] == 8
    await intake.drain()
