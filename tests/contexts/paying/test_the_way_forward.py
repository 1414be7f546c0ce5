"""From OrderCreated and StockReserved to PaymentSucceeded."""

from comanda.kernel.ids import new_id
from tests.contexts.paying.facts import TOTAL, order_created, stock_reserved
from tests.contexts.paying.running import Paying, names


async def test_an_approved_card_is_captured_once_the_stock_is_reserved(paying: Paying) -> None:
    order = new_id()
    assert names(await paying.read(order_created(order))) == ["PaymentIntentCreated"]
    assert names(await paying.read(stock_reserved(order))) == ["PaymentSucceeded"]
    payment = await paying.payment(order)
    assert (payment["status"], payment["captured"], payment["version"]) == ("captured", TOTAL, 1)
    charge = await paying.row("select * from provider_charges where key = $1", order)
    assert (charge["status"], charge["amount"], charge["currency"]) == ("captured", TOTAL, "EUR")


async def test_both_facts_in_one_batch_are_one_insert(paying: Paying) -> None:
    order = new_id()
    published = await paying.read(order_created(order), stock_reserved(order))
    assert names(published) == ["PaymentIntentCreated", "PaymentSucceeded"]
    payment = await paying.payment(order)
    assert (payment["status"], payment["captured"], payment["version"]) == ("captured", TOTAL, 0)
    assert await paying.row("select 1 from provider_charges where key = $1", order)


async def test_stock_that_is_known_before_the_order_waits_for_it(paying: Paying) -> None:
    order = new_id()
    assert await paying.read(stock_reserved(order)) == []
    assert names(await paying.read(order_created(order))) == ["PaymentIntentCreated", "PaymentSucceeded"]


async def test_the_same_events_again_do_nothing(paying: Paying) -> None:
    order = new_id()
    await paying.read(order_created(order))
    await paying.read(stock_reserved(order))
    assert await paying.read(order_created(order), stock_reserved(order)) == []
    assert await paying.read(stock_reserved(order)) == []
    assert await paying.read(order_created(order)) == []


async def test_a_row_that_changes_between_load_and_flush_makes_the_batch_begin_anew(paying: Paying) -> None:
    order = new_id()
    await paying.read(order_created(order, method="bank_transfer"))
    async with paying.service.begin() as work:
        await work.connection.execute("update payment_intents set version = version + 1 where order_id = $1", order)
    assert await paying.read(stock_reserved(order)) == []
    assert (await paying.payment(order))["stock_known"]


async def test_normal_updates_are_hot(paying: Paying) -> None:
    orders = [new_id() for _ in range(500)]
    await paying.read(*map(order_created, orders))
    published = await paying.read(*map(stock_reserved, orders))
    assert names(published) == ["PaymentSucceeded"] * 500
    await paying.rows("select pg_stat_force_next_flush()")
    stats = await paying.row(
        "select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where relname = 'payment_intents'"
    )
    assert stats["n_tup_upd"] == stats["n_tup_hot_upd"] == 500


async def test_the_payment_of_an_order_can_be_read(paying: Paying) -> None:
    order = new_id()
    await paying.read(order_created(order))
    async with paying.client() as client:
        answer = await client.get("/payment-intents", params={"order_id": order})
    (intent,) = answer.json()["items"]
    assert intent["status"] == "created"
    assert intent["waits_for"] == "stock"
    assert intent["amount"] == {"amount": TOTAL, "currency": "EUR"}
