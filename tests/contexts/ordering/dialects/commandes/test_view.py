"""The view `commandes` in ordering's schema: what the dialect says, for who reads the database."""

from decimal import Decimal

import asyncpg
import pytest
from babel.numbers import get_currency_precision, list_currencies

from tests.contexts.ordering.desk import Desk
from tests.contexts.ordering.dialects.commandes.counter import Counter
from tests.contexts.ordering.dialects.commandes.test_statuses import MANAGED, WRITABLE
from tests.support.database import Database

COLUMNS = ["id", "order_id", "customer_id", "created_at", "status", "total_amount", "updated_at"]


async def test_the_view_has_the_seven_columns_and_says_what_the_dialect_says(
    counter: Counter, database: Database
) -> None:
    for make, _, _ in MANAGED.values():
        await make(counter.desk)
    for word in WRITABLE:
        await counter.record(f"R-{word}", status=word, customer_id="guest")
    hidden = await counter.record("HIDDEN")
    assert (await counter("DELETE", f"/commandes/{hidden['id']}")).status == 204
    listed = (await counter("GET", "/commandes")).json
    connection = await asyncpg.connect(database.superuser_dsn)
    try:
        rows = await connection.fetch("select * from ordering.commandes order by created_at desc, id desc")
    finally:
        await connection.close()
    assert [list(row.keys()) for row in rows] == [COLUMNS] * len(listed)
    assert [
        dict(row) | {column: row[column].isoformat().replace("+00:00", "Z") for column in ("created_at", "updated_at")}
        for row in rows
    ] == listed
    assert all(row["total_amount"].as_tuple().exponent == -2 for row in rows)


async def test_the_view_counts_in_the_places_of_every_currency(desk: Desk) -> None:
    currencies = sorted(list_currencies())
    orders = [
        {"reference": currency, "currency": currency, "total": 12_345, "created_at": "2025-01-01T00:00:00Z"}
        for currency in currencies
    ]
    assert (await desk.staff("POST", "/orders/import", {"orders": orders})).json()["rejected"] == []
    await desk.run("insert into settings (name, value) values ('ordering.commandes_currency', '\"EUR\"')")
    for currency in currencies:
        await desk.run("update settings set value = to_json($1::text)", currency)
        (row,) = await desk.rows("select order_id, total_amount from commandes where total_amount is not null")
        expected = Decimal(12_345).scaleb(-get_currency_precision(currency))
        assert (row["order_id"], row["total_amount"]) == (currency, expected)


async def test_nothing_is_written_through_the_view(desk: Desk) -> None:
    await desk.place()
    with pytest.raises(asyncpg.PostgresError):
        await desk.run("update commandes set status = 'completed'")
    with pytest.raises(asyncpg.PostgresError):
        await desk.run("delete from commandes")
