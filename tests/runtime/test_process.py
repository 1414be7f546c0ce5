"""A process of services: what it does about tasks, readers and databases that fail."""

from dataclasses import replace

from comanda.contexts.carting.card import card
from comanda.messaging.service import Service
from tests.support.database import Database
from tests.support.listener import until
from tests.support.services import ADMIN, running


async def test_a_background_task_that_fails_is_begun_again(database: Database) -> None:
    begun = 0

    async def fails_once(service: Service) -> None:
        nonlocal begun
        begun += 1
        if begun == 1:
            raise ValueError("one order is odd")
        await service.stopping.wait()

    async def times() -> int:
        return begun

    async with running(database, [replace(card, background=(fails_once,))]):
        await until(times, lambda count: count == 2)


async def test_a_process_whose_log_is_not_read_any_more_says_that_it_is_not_ready(database: Database) -> None:
    async with running(database, [card]) as services:
        ready = services.call("carting", ADMIN)
        assert (await ready("GET", "/health/ready")).status == 200
        reader = services.process.reader
        await reader.stop()

        async def status() -> int:
            return (await ready("GET", "/health/ready")).status

        await until(status, lambda seen: seen == 503)
    assert not any(task.cancelled() for task in services.process._consumer_tasks), "they end by themselves all the same"
