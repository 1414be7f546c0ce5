"""Forgetting customers."""

from comanda.contexts.ordering.erasing import PIECE, erase_piece
from comanda.contexts.profiling.contract.events import CustomerErased
from tests.contexts.ordering.desk import Desk


async def erase(desk: Desk) -> int:
    async with desk.service.database.acquire() as connection:
        return await erase_piece(connection)


async def test_who_an_erased_customer_was_goes_and_the_order_stays(desk: Desk) -> None:
    gone = await desk.completed(customer_id="c1", email="gone@example.org")
    stays = await desk.completed(customer_id="c2", email="stays@example.org")
    await desk.read(CustomerErased(customer_id="c1"))
    assert await erase(desk) == 1
    order = await desk.order(gone)
    assert (order["email"], order["metadata"], order["shipping_address"]["recipient"]) == (None, {}, "")
    assert order["shipping_address"]["country"] == "PT"
    assert (order["status"], order["totals"]["total"]["amount"], order["customer_id"]) == ("completed", 2_500, "c1")
    assert (await desk.order(stays))["email"] == "stays@example.org"
    leftovers = await desk.rows("select * from orders where id = $1", gone)
    assert "gone@example.org" not in str(leftovers)
    assert "Rua Exemplo" not in str(leftovers)
    assert await erase(desk) == 0


async def test_large_customers_are_forgotten_piece_by_piece(desk: Desk) -> None:
    body = {
        "orders": [
            {
                "reference": str(n),
                "customer_id": "c1",
                "email": "a@b.co",
                "created_at": "2010-12-01T08:26:00Z",
                "currency": "GBP",
                "lines": [{"sku": "A", "name": "A", "quantity": 1, "unit_price": 1}],
            }
            for n in range(PIECE)
        ]
    }
    (await desk.staff("POST", "/orders/import", body)).checked()
    await desk.place(customer_id="c1")
    await desk.read(CustomerErased(customer_id="c1"))
    assert [await erase(desk) for _ in range(3)] == [PIECE, 1, 0]


async def test_an_import_does_not_bring_back_who_was_forgotten(desk: Desk) -> None:
    await desk.read(CustomerErased(customer_id="c1"))
    await erase(desk)
    body = {
        "orders": [
            {
                "reference": "1",
                "customer_id": "c1",
                "email": "a@b.co",
                "created_at": "2010-12-01T08:26:00Z",
                "currency": "GBP",
                "lines": [{"sku": "A", "name": "A", "quantity": 1, "unit_price": 1}],
                "metadata": {"name": "Ada"},
            }
        ]
    }
    (await desk.staff("POST", "/orders/import", body)).checked()
    (order_id,) = await desk.ids()
    order = await desk.order(order_id)
    assert (order["email"], order["metadata"]) == (None, {})


async def test_an_erased_customers_stored_answers_go_and_those_of_others_stay(desk: Desk) -> None:
    for customer_id in ("c1", "c10"):
        order_id = await desk.place(customer_id=customer_id)
        await desk.customer(customer_id)("POST", f"/orders/{order_id}/cancel", key="k")
    await desk.read(CustomerErased(customer_id="c1"))
    await erase(desk)
    kept = await desk.rows("select scope, status from idempotency_keys where scope like 'customer%' ")
    assert {row["scope"].split(":")[1]: row["status"] for row in kept} == {"c1": 410, "c10": 200}
