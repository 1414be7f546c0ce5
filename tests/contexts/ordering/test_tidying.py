"""What is kept for a time only."""

from comanda.platform.idempotency import forget_old
from tests.contexts.ordering.desk import Desk


async def test_keys_are_forgotten_after_a_day(desk: Desk) -> None:
    order_id = await desk.place()
    for key in ("old", "new"):
        (await desk.staff("POST", f"/orders/{order_id}/notes", {"text": key}, key=key)).checked()
    await desk.run("update idempotency_keys set created_at = now() - interval '25 hours' where key = 'old'")
    async with desk.service.database.acquire() as connection:
        assert await forget_old(connection) == 1
    assert "old" not in [row["key"] for row in await desk.rows("select key from idempotency_keys")]
    assert (await desk.staff("POST", f"/orders/{order_id}/notes", {"text": "new"}, key="new")).status == 201
    assert len(await desk.timeline(order_id)) == 3
