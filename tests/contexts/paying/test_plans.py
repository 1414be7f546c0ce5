"""Large tables are read by an index, whatever the caller asks for."""

import pytest

from comanda.contexts.paying import queries
from comanda.kernel.ids import new_id
from tests.contexts.paying.running import Paying

STATEMENTS = {
    "_OF_ORDER": "payment_intents_pkey",
    "_OF_CUSTOMER": "payment_intents_customer",
    "_BY_HAND": "payment_intents_by_hand",
    "_ALL": "payment_intents_pkey",
}


@pytest.mark.parametrize("name", list(STATEMENTS))
async def test_lists_are_read_by_an_index_even_with_a_plan_for_everybody(paying: Paying, name: str) -> None:
    await paying.rows(
        """
        insert into payment_intents (order_id, method, currency, amount, customer_id, status, captured)
        select uuidv7(), case when n % 100 = 0 then 'bank_transfer' else 'card' end, 'EUR', 100,
            case when n % 3 = 0 then 'customer-' || n % 500 end, 'captured', 100
        from generate_series(1, 20000) as n
        """
    )
    async with paying.service.database.acquire() as connection:
        await connection.execute("analyze payment_intents")
        keys = {"_OF_ORDER": new_id(), "_OF_CUSTOMER": "customer-3", "_BY_HAND": "bank_transfer"}
        arguments = ["ffffffff-ffff-ffff-ffff-ffffffffffff", 51, None, None, None]
        arguments += [keys[name]] if name in keys else []
        async with connection.transaction():
            await connection.execute("set local plan_cache_mode = force_generic_plan")
            plan = await connection.fetchval("explain (format json) " + getattr(queries, name), *arguments)
    assert STATEMENTS[name] in plan
    assert "Seq Scan" not in plan
