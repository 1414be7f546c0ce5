"""The trace of a click follows the order through every event of every service."""

from tests.support.database import Database
from tests.support.shop import open_shop


async def test_every_event_of_an_order_carries_the_trace_of_its_click(database: Database) -> None:
    async with open_shop(database) as shop:
        await shop.stock({"A": 5})
        placed = await shop.order({"A": 1})
        other = await shop.order({"A": 1})
        await shop.until(placed["id"])
        await shop.until(other["id"])
        await shop.settled()
        async with shop.sql() as connection:
            rows = await connection.fetch(
                """
                select subject, count(distinct trace) as traces, count(*) as events, count(trace) as traced
                from messaging.log
                where subject = any ($1::text[])
                group by subject
                """,
                [placed["id"], other["id"]],
            )
        assert len(rows) == 2
        for row in rows:
            assert row["traces"] == 1
            assert row["events"] == row["traced"]
            assert row["events"] >= 12
