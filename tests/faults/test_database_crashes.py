"""PostgreSQL killed under a running shop: nothing acknowledged is lost, everything goes on by itself."""

import asyncio
import os
import random
import signal
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from comanda.kernel.errors import Unavailable
from comanda.platform.auth import ANONYMOUS
from comanda.platform.migrations import find_schemas, migrate
from comanda.platform.postgres import DATABASE, EmbeddedPostgres, PostgresError
from tests.support.database import Database
from tests.support.listener import until
from tests.support.shop import Shop, open_shop

CRASHES = 4


@pytest.fixture
async def durable() -> AsyncIterator[Database]:
    """A database on a PostgreSQL of its own, which writes everything through to the disk."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        Path(folder).chmod(0o711)
        async with EmbeddedPostgres(Path(folder) / "data") as postgres:
            await migrate(postgres.superuser_dsn, find_schemas(postgres.password_for))
            yield Database(postgres, DATABASE)


class Buyers:
    """Order for as long as they may; each repeats a request with its key until it is answered with an order."""

    def __init__(self, shop: Shop, sku: str) -> None:
        self.orders: list[str] = []
        self.repeated = 0
        self._shop = shop
        self._sku = sku
        self._open = True
        self._dice = random.Random(4)

    async def order(self, name: int) -> None:
        """One buyer's day."""
        turn = 0
        while self._open:
            turn += 1
            token = self._dice.choice(["tok_approved"] * 8 + ["tok_declined", "tok_timeout"])
            self.orders.append(await self._until_placed(f"{name}-{turn}", self._shop.body({self._sku: 1}, token=token)))
            await asyncio.sleep(0.03)

    async def _until_placed(self, key: str, body: dict[str, Any]) -> str:
        place = self._shop.services.call("ordering", ANONYMOUS)
        while True:
            try:
                answer = await place("POST", "/orders", body, key=key)
            except Unavailable:
                self.repeated += 1
                continue
            if answer.status == 201:
                return str(answer.json()["id"])
            assert answer.status == 503, answer.body
            self.repeated += 1
            await asyncio.sleep(0.05)

    def go_home(self) -> None:
        """No more orders."""
        self._open = False


async def test_a_postgresql_that_is_killed_again_and_again_loses_and_doubles_nothing(durable: Database) -> None:
    async with open_shop(durable) as shop:
        sku = await shop.product(10_000)
        buyers = Buyers(shop, sku)
        days = [asyncio.create_task(buyers.order(name)) for name in range(6)]
        for _ in range(CRASHES):
            had = len(buyers.orders)
            await until(lambda: _count(buyers), lambda count, had=had: count >= had + 15)  # type: ignore[misc]
            await _crash(durable.postgres)
        had = len(buyers.orders)
        await until(lambda: _count(buyers), lambda count: count >= had + 15)
        buyers.go_home()
        await asyncio.gather(*days)
        assert buyers.repeated, "no request met a crash"
        statuses = await shop.ended(buyers.orders, seconds=90)
        await shop.settled(60)
        async with shop.sql() as connection:
            assert await connection.fetchval("select count(*) from ordering.orders") == len(set(buyers.orders))
        assert len(buyers.orders) == len(set(buyers.orders)) == len(statuses)
        assert set(statuses.values()) == {"completed", "failed"}
        sold = sum(status == "completed" for status in statuses.values())
        assert await shop.level(sku) == (10_000 - sold, 0)
        await shop.assert_clean()


async def _count(buyers: Buyers) -> int:
    return len(buyers.orders)


async def _crash(postgres: EmbeddedPostgres) -> None:
    """An immediate shutdown: what is in memory is lost. Its supervisor starts it again."""
    killed = postgres.pid
    os.kill(killed, signal.SIGQUIT)

    async def pid() -> int:
        try:
            return postgres.pid
        except PostgresError:
            return killed

    await until(pid, lambda now: now != killed)


async def test_every_session_killed_under_a_running_shop_is_replaced(database: Database) -> None:
    async with open_shop(database) as shop:
        sku = await shop.product(1_000)
        buyers = Buyers(shop, sku)
        days = [asyncio.create_task(buyers.order(name)) for name in range(6)]
        async with shop.sql() as connection:
            for _ in range(6):
                had = len(buyers.orders)
                await until(lambda: _count(buyers), lambda count, had=had: count >= had + 5)  # type: ignore[misc]
                await connection.execute(
                    """
                    select pg_terminate_backend(pid)
                    from pg_stat_activity
                    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
                    """
                )
        buyers.go_home()
        await asyncio.gather(*days)
        await shop.ended(buyers.orders)
        await shop.settled(60)
        await shop.assert_clean()
