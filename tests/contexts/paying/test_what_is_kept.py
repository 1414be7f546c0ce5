"""What the rows hold to by themselves, what they say about who and when, and what is forgotten."""

import asyncpg
import pytest

from comanda.contexts.paying.erasing import erase_piece
from comanda.contexts.profiling.contract.events import CustomerErased
from comanda.kernel.ids import new_id
from tests.contexts.paying.facts import TOTAL, order_created, stock_reserved
from tests.contexts.paying.running import TRACE, Paying


@pytest.mark.parametrize(
    "change",
    [
        "update payment_intents set captured = captured + amount",
        "update payment_intents set captured = amount - 1",
        "update payment_intents set refunded = captured + 1",
        "update payment_intents set refunded = -1",
        "update payment_intents set status = 'failed'",
        "update payment_intents set ask = 'asked'",
        "update payment_intents set method = 'cash'",
        "update provider_charges set refunded = amount + 1",
        "update provider_charges set status = 'voided', refunded = 1",
        "insert into payment_intents (order_id, method, currency) select order_id, 'card', 'EUR' from payment_intents",
        "insert into provider_charges (key, amount, currency, status) select key, 1, 'EUR', 'captured'"
        " from provider_charges",
        "insert into refunds (id, order_id, cause, amount, currency) select uuidv7(), order_id, 'undone', 0, 'EUR'"
        " from payment_intents",
    ],
)
async def test_the_schema_refuses_what_the_rules_forbid(paying: Paying, change: str) -> None:
    order = new_id()
    await paying.read(order_created(order), stock_reserved(order))
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await paying.rows(change)


async def test_an_automatic_refund_is_written_once_a_cause(paying: Paying) -> None:
    order = new_id()
    await paying.read(order_created(order), stock_reserved(order))
    insert = (
        "insert into refunds (id, order_id, cause, amount, currency, source) values (uuidv7(), $1, $2, 1, 'EUR', 'x')"
    )
    await paying.rows(insert, order, "return")
    await paying.rows(insert, order, "staff")
    await paying.rows(insert, order, "staff")
    with pytest.raises(asyncpg.UniqueViolationError):
        await paying.rows(insert, order, "return")


async def test_an_outcome_belongs_to_the_trace_and_the_person_that_asked_for_it(paying: Paying) -> None:
    order = new_id()
    await paying.read(order_created(order, token="tok_timeout"), stock_reserved(order))
    await paying.call_provider()
    async with paying.client() as staff:
        await staff.post("/refunds", json={"order_id": order, "reason": "late"})
    await paying.call_provider()
    rows = await paying.rows(
        "select split_part(type, '.', 3) as name, trace, actor from messaging.log where subject = $1 order by position",
        order,
    )
    facts = {row["name"]: row for row in rows}
    assert facts["PaymentSucceeded"]["trace"].replace("-", "") == TRACE
    assert facts["PaymentRefunded"]["actor"] == "staff:7"


async def test_the_cards_of_an_erased_customer_are_forgotten_and_the_payments_kept(paying: Paying) -> None:
    hers, theirs, waiting = new_id(), new_id(), new_id()
    await paying.read(order_created(hers, customer_id="ada"), stock_reserved(hers))
    await paying.read(order_created(theirs, customer_id="bob"), stock_reserved(theirs))
    await paying.read(order_created(waiting, customer_id="ada"))
    assert await paying.read(CustomerErased(customer_id="ada")) == []
    async with paying.service.database.acquire() as connection:
        assert await erase_piece(connection) == 1
    kept = {order: (await paying.payment(order))["token"] for order in (hers, theirs, waiting)}
    assert kept == {hers: "", theirs: "tok_approved", waiting: "tok_approved"}
    assert (await paying.payment(hers))["captured"] == TOTAL
