"""Comparing with the provider's own list: what was missed is taken over, what differs is told."""

from comanda.contexts.paying.compare_with_provider import compare, compare_piece
from comanda.kernel.ids import new_id
from tests.contexts.paying.facts import TOTAL, order_canceled, order_created, stock_reserved
from tests.contexts.paying.running import Paying


async def an_hour_passes(paying: Paying) -> None:
    await paying.rows("update payment_intents set updated_at = updated_at - interval '1 hour'")


async def test_payments_that_agree_are_left_alone(paying: Paying) -> None:
    for token in ("tok_approved", "tok_declined", "tok_timeout", "tok_pending", "tok_refund_fails"):
        order = new_id()
        await paying.read(order_created(order, token=token), stock_reserved(order))
        await paying.call_provider()
        if token != "tok_pending":
            await paying.read(order_canceled(order))
            await paying.call_provider()
    await an_hour_passes(paying)
    found = await compare(paying.service, "", 100, heal=True)
    assert (found.compared, found.mismatches, found.next_cursor) == (4, [], None)


async def test_money_that_was_missed_is_taken_over_and_sent_back_when_nobody_wants_it(paying: Paying) -> None:
    wanted, unwanted = new_id(), new_id()
    for order in (wanted, unwanted):
        await paying.read(order_created(order))
    await paying.read(order_canceled(unwanted))
    await paying.rows(
        """
        insert into provider_charges (key, amount, currency, status)
        select key, $2, 'EUR', 'captured'
        from unnest($1::text[]) as charge (key)
        """,
        [wanted, unwanted],
        TOTAL,
    )
    told = await compare(paying.service, "", 100, heal=False)
    assert {mismatch.intent_id for mismatch in told.mismatches} == {wanted, unwanted}
    assert await paying.published(wanted) == []
    assert {mismatch.healed for mismatch in await compare_piece(paying.service)} == {True}
    await paying.call_provider()
    assert await paying.published(wanted) == ["PaymentSucceeded"]
    assert await paying.published(unwanted) == ["PaymentVoided", "PaymentCaptured", "PaymentRefunded"]
    assert await compare_piece(paying.service) == []


async def test_what_cannot_be_healed_is_told(paying: Paying) -> None:
    lost, refunded, unknown = new_id(), new_id(), new_id()
    for order in (lost, refunded):
        await paying.read(order_created(order), stock_reserved(order))
    await an_hour_passes(paying)
    await paying.rows("delete from provider_charges where key = $1", lost)
    await paying.rows("update provider_charges set refunded = 5 where key = $1", refunded)
    await paying.rows("insert into provider_charges values ($1, 1, 0, now(), 'EUR', 'captured')", unknown)
    found = {mismatch.intent_id: mismatch.problem for mismatch in await compare_piece(paying.service)}
    assert found == {
        lost: "captured, and not in the provider's list",
        refunded: "refunded 0, the provider says 5",
        unknown: "the provider's charge belongs to no payment",
    }


async def test_the_list_is_compared_piece_by_piece_over_http(paying: Paying) -> None:
    orders = [new_id() for _ in range(3)]
    for order in orders:
        await paying.read(order_created(order), stock_reserved(order))
    await an_hour_passes(paying)
    first = await compare(paying.service, "", 2, heal=False)
    assert first.compared == 2
    async with paying.client() as staff:
        rest = (await staff.post("/comparisons", json={"cursor": first.next_cursor})).json()
        assert rest == {"compared": 1, "mismatches": [], "next_cursor": None}
        assert (await staff.post("/comparisons", json={"cursor": "x"})).status_code == 422
