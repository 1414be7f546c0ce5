"""Batches of events on the database: drafts, invoices, credit notes, and what comes in another order."""

import asyncpg
import pytest

from comanda.contexts.billing.contract.events import CreditNoteIssued, InvoiceDrafted, InvoiceIssued, InvoiceVoided
from comanda.contexts.billing.erasing import erase_piece, let_invoices_go
from comanda.contexts.profiling.contract.events import CustomerErased
from comanda.kernel.event import Event
from comanda.kernel.goods import Pieces
from comanda.kernel.ids import new_id
from comanda.messaging.log import encode
from tests.support.facts_of_orders import canceled, confirmed, created, failed, line, refunded, voided
from tests.support.one_service import OneService, names
from tests.support.services import STAFF


async def test_an_order_is_drafted_then_issued(billing: OneService) -> None:
    order = new_id()
    (drafted,) = await billing.read(created(order))
    assert isinstance(drafted, InvoiceDrafted)
    (issued,) = await billing.read(confirmed(order))
    assert isinstance(issued, InvoiceIssued)
    assert issued.invoice_id == drafted.invoice_id
    assert issued.number.startswith("INV-") and issued.number.endswith("-000001")
    assert (issued.total, issued.tax, issued.currency) == (2_000, 319, "EUR")


async def test_a_batch_holds_the_whole_life_of_an_order(billing: OneService) -> None:
    order = new_id()
    news = await billing.read(created(order), confirmed(order), refunded(order, 500), canceled(order))
    assert names(news) == ["InvoiceDrafted", "InvoiceIssued", "CreditNoteIssued", "CreditNoteIssued"]
    assert [event.credited for event in news if isinstance(event, CreditNoteIssued)] == [500, 2_000]
    assert all(event.invoice_number == number_of(news) for event in news if isinstance(event, CreditNoteIssued))
    await assert_true(billing)


async def test_the_event_in_the_log_bears_the_number_of_the_row(billing: OneService) -> None:
    orders = [new_id() for _ in range(5)]
    news = await billing.read(*map(created, orders), *map(confirmed, orders))
    rows = await billing.rows("select order_id, serial from invoices order by serial")
    assert [row["order_id"] for row in rows] == orders, "numbered in the order of the log"
    issued = [event for event in news if isinstance(event, InvoiceIssued)]
    assert [event.number[-6:] for event in issued] == [f"{row['serial']:06d}" for row in rows]
    assert all(event.number in encode(event)[0] for event in issued)
    logged = await billing.rows(
        "select data ->> 'number' as number from messaging.log where type like '%InvoiceIssued%' order by position"
    )
    assert [row["number"] for row in logged] == [event.number for event in issued]


@pytest.mark.parametrize("over", [canceled, failed])
async def test_an_order_over_before_payment_voids_its_draft(billing: OneService, over: object) -> None:
    order = new_id()
    (drafted,) = await billing.read(created(order))
    assert isinstance(drafted, InvoiceDrafted)
    assert await billing.read(over(order)) == [  # type: ignore[operator]
        InvoiceVoided(order_id=order, invoice_id=drafted.invoice_id)
    ]
    assert await billing.read(confirmed(order)) == []
    await assert_true(billing)


async def test_what_undoes_an_order_may_come_before_it(billing: OneService) -> None:
    """An undo overtakes parked letters: the order it undoes is read later, and does nothing."""
    order = new_id()
    assert await billing.read(failed(order)) == []
    assert await billing.read(created(order), confirmed(order)) == []
    assert await billing.rows("select 1 from invoices") == []
    found = await billing.call("GET", "/invoices", query={"order_id": order}, by=STAFF)
    assert found.json()["items"] == []


async def test_an_order_over_after_payment_credits_what_remains(billing: OneService) -> None:
    order = new_id()
    await billing.read(created(order), confirmed(order), refunded(order, 700))
    (credited,) = await billing.read(canceled(order))
    assert isinstance(credited, CreditNoteIssued)
    assert (credited.amount, credited.credited, credited.invoice_total) == (1_300, 2_000, 2_000)
    assert await billing.read(canceled(order)) == []
    await assert_true(billing)


async def test_a_refund_that_undoes_makes_no_credit_note(billing: OneService) -> None:
    order = new_id()
    await billing.read(created(order), confirmed(order))
    assert await billing.read(refunded(order, 2_000, cause="undone")) == []


async def test_refunds_before_the_invoice_wait_for_it(billing: OneService) -> None:
    order = new_id()
    early = refunded(order, 600)
    assert await billing.read(early) == []
    assert names(await billing.read(created(order))) == ["InvoiceDrafted"]
    assert await billing.read(refunded(order, 500, cause="return"), early) == []
    news = await billing.read(confirmed(order))
    assert names(news) == ["InvoiceIssued", "CreditNoteIssued", "CreditNoteIssued"]
    assert [event.credited for event in news if isinstance(event, CreditNoteIssued)] == [600, 1_100]
    assert await billing.read(early) == [], "the same event again"
    await assert_true(billing)


async def test_refunds_that_wait_are_dropped_when_there_will_be_no_invoice(billing: OneService) -> None:
    order = new_id()
    await billing.read(created(order), refunded(order, 600))
    assert names(await billing.read(failed(order))) == ["InvoiceVoided"]
    assert await billing.read(refunded(order, 600), confirmed(order)) == []
    await assert_true(billing)


async def test_a_parcel_that_was_to_be_paid_on_delivery_credits_all(billing: OneService) -> None:
    order, another = new_id(), new_id()
    assert await billing.read(voided(another)) == []
    await billing.read(created(order), confirmed(order))
    assert await billing.read(voided(order, "undone")) == []
    (credited,) = await billing.read(voided(order))
    assert isinstance(credited, CreditNoteIssued) and credited.amount == 2_000
    assert names(await billing.read(created(another), confirmed(another)))[-1] == "CreditNoteIssued"
    await assert_true(billing)


async def test_credits_never_exceed_the_invoice(billing: OneService) -> None:
    order = new_id()
    await billing.read(created(order), confirmed(order))
    first = await billing.read(refunded(order, 1_500), refunded(order, 1_500))
    assert [event.amount for event in first if isinstance(event, CreditNoteIssued)] == [1_500, 500]
    assert await billing.read(refunded(order, 1)) == []
    await assert_true(billing)


async def test_confirming_again_does_nothing(billing: OneService) -> None:
    order = new_id()
    await billing.read(created(order), confirmed(order))
    assert await billing.read(confirmed(order), created(order)) == []
    assert await billing.rows("select last from counters") == [{"last": 1}], "and takes no number"


async def test_an_order_whose_creation_was_given_up_still_gets_its_invoice(billing: OneService) -> None:
    """An operator may discard a parked OrderCreated; the paid order needs its invoice all the same."""
    assert names(await billing.read(confirmed(new_id()))) == ["InvoiceDrafted", "InvoiceIssued"]


async def test_money_that_is_not_for_an_order_is_left_alone(billing: OneService) -> None:
    assert await billing.read(refunded("TILL-7", 100), voided("TILL-7")) == []


async def test_issued_papers_never_change(billing: OneService) -> None:
    order = new_id()
    await billing.read(created(order), confirmed(order), refunded(order, 100))
    for statement in (
        "update invoices set total = 1",
        "delete from invoices",
        "truncate invoices",
        "update credit_notes set amount = 1",
        "delete from credit_notes",
        "truncate credit_notes",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await billing.rows(statement)


async def test_a_credit_note_names_the_pieces_that_came_back(billing: OneService) -> None:
    order, lines = new_id(), [line("MUG", 2, 1_000, 1_900), line("BOOK", 3, 500, 700)]
    await billing.read(created(order, lines, shipping=350), confirmed(order, lines, shipping=350))
    (note,) = await billing.read(refunded(order, 1_000, cause="return", lines=[Pieces(sku="BOOK", quantity=2)]))
    assert isinstance(note, CreditNoteIssued)
    assert (note.amount, note.tax) == (1_000, 65)
    await assert_true(billing)


async def test_erased_customers_leave_the_drafts_but_not_the_invoices(billing: OneService) -> None:
    draft, issued, later = new_id(), new_id(), new_id()
    await billing.read(created(draft, customer_id="c-1"), created(issued, customer_id="c-1"))
    await billing.read(confirmed(issued, customer_id="c-1"))
    await billing.read(CustomerErased(customer_id="c-1"))
    async with billing.service.database.acquire() as connection:
        assert await erase_piece(connection) == 2
        assert await erase_piece(connection) == 0
    await billing.read(created(later, customer_id="c-1"), created(new_id(), customer_id="c-2"))
    kept = await billing.rows("select customer_id from drafts where document ->> 'buyer' is not null")
    assert kept == [{"customer_id": "c-2"}], "the tombstone keeps what comes later out, too"
    assert await billing.rows("select 1 as one from invoices where document ->> 'buyer' is not null") == [{"one": 1}]


async def test_an_invoice_forgets_an_erased_customer_when_the_law_lets_go(billing: OneService) -> None:
    hers, theirs = new_id(), new_id()
    for order, customer_id in ((hers, "c-1"), (theirs, "c-2")):
        await billing.read(created(order, customer_id=customer_id), confirmed(order, customer_id=customer_id))
    await billing.read(refunded(hers, 100), CustomerErased(customer_id="c-1"))
    now = billing.service.clock()
    before = await billing.rows("select order_id, serial, total, tax, issued_at from invoices order by serial")
    async with billing.service.database.acquire() as connection:
        await erase_piece(connection)
        assert await let_invoices_go(connection, 10, now.replace(year=now.year + 10, month=12, day=31)) == 0
        assert await let_invoices_go(connection, 10, now.replace(year=now.year + 11, month=1, day=1)) == 1
        assert await let_invoices_go(connection, 10, now.replace(year=now.year + 99, month=1, day=1)) == 0
    named = await billing.rows("select order_id from invoices where document ->> 'buyer' is not null")
    assert named == [{"order_id": theirs}], "those of others stay as they are"
    assert await billing.rows("select order_id, serial, total, tax, issued_at from invoices order by serial") == before
    assert await billing.rows("select invoices_kept from erased_customers") == [{"invoices_kept": False}]
    await assert_true(billing)


def number_of(news: list[Event]) -> str:
    """The number of the one invoice issued."""
    (issued,) = (event for event in news if isinstance(event, InvoiceIssued))
    return issued.number


async def assert_true(billing: OneService) -> None:
    """What must hold at rest: no gap, no double, credits within the invoices, VAT to the cent."""
    gaps = await billing.rows(
        """
        select counters.series
        from counters
        left join (
            select series, year, serial from invoices
            union all
            select series, year, serial from credit_notes
        ) papers using (series, year)
        group by series, year, counters.last
        having count(serial) <> counters.last or max(serial) <> counters.last or count(distinct serial) <> count(serial)
        """
    )
    assert gaps == []
    wrong = await billing.rows(
        """
        select i.order_id
        from invoices i
        join credit_notes n using (order_id)
        group by i.order_id, i.total, i.tax
        having sum(n.amount) > i.total
        or sum(n.amount) <> max(n.credited)
        or sum(n.tax) > i.tax
        or (sum(n.amount) = i.total and sum(n.tax) <> i.tax)
        """
    )
    assert wrong == []
