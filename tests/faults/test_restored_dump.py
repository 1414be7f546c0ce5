"""A dump, taken while orders were under way, restored into a fresh cluster: everything goes on, in a new era."""

import asyncio
import subprocess
import tempfile
from pathlib import Path

from comanda.platform.database import connect
from comanda.platform.migrations import find_schemas, migrate
from comanda.platform.postgres import DATABASE, EmbeddedPostgres
from comanda.platform.programs import find_programs
from tests.support.database import Database
from tests.support.disturbances import holding
from tests.support.shop import Shop, open_shop


async def test_a_dump_taken_in_the_middle_of_everything_goes_on_in_a_fresh_cluster(database: Database) -> None:
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        Path(folder).chmod(0o711)
        dump = Path(folder) / "comanda.dump"
        async with open_shop(database) as shop:
            sku = await shop.product(1_000)
            done = [(await shop.order({sku: 1}))["id"] for _ in range(5)]
            await shop.ended(done)
            waiting = await shop.order({sku: 1}, method="bank_transfer")
            await shop.until(waiting["id"], "reserved")
            async with holding(shop, "stocking"), holding(shop, "shipping"):
                unread = await asyncio.gather(*(shop.order({sku: 1}) for _ in range(20)))
                await _dump(database, dump)
            await shop.ended([order["id"] for order in unread])
        async with EmbeddedPostgres(Path(folder) / "data", durable=False) as fresh:
            restored = await _restore(fresh, dump)
            assert await _unended(restored) == 21
            async with open_shop(restored) as shop:
                await _goes_on(shop, sku, [order["id"] for order in unread], waiting["id"])


async def _goes_on(shop: Shop, sku: str, unread: list[str], waiting: str) -> None:
    async with shop.sql() as connection:
        assert await connection.fetchval("select max(era) from messaging.eras") == 2
    assert set((await shop.ended(unread)).values()) == {"completed"}
    await shop.post("paying", f"/payment-intents/{waiting}/confirm")
    await shop.until(waiting, "completed")
    new = await shop.order({sku: 1})
    await shop.until(new["id"], "completed")
    assert await shop.level(sku) == (1_000 - 5 - 20 - 1 - 1, 0)
    assert new["number"] > (await shop.seen(unread[-1]))["number"]
    await shop.assert_clean()


async def _unended(database: Database) -> int:
    connection = await connect(database.superuser_dsn, service="ordering")
    try:
        return int(await connection.fetchval("select count(*) from progress where status in ('created', 'reserved')"))
    finally:
        await connection.close()


async def _dump(database: Database, file: Path) -> None:
    await _run("pg_dump", "--format=custom", f"--file={file}", database.superuser_dsn)


async def _restore(fresh: EmbeddedPostgres, file: Path) -> Database:
    """As the guide says: the first start makes the roles, the dump makes everything else."""
    await migrate(fresh.superuser_dsn, find_schemas(fresh.password_for))
    admin = fresh.dsn(fresh.superuser, database="postgres")
    await _run("psql", admin, "-c", f"drop database {DATABASE}", "-c", f"create database {DATABASE}")
    await _run("pg_restore", "--exit-on-error", f"--dbname={fresh.superuser_dsn}", str(file))
    assert not await migrate(fresh.superuser_dsn, find_schemas(fresh.password_for))
    return Database(fresh, DATABASE)


async def _run(program: str, *arguments: str) -> None:
    command = [str(find_programs() / program), *arguments]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
