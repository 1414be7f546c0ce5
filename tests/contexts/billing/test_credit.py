"""Spreading credits over rates: never more than the invoice, and its VAT exactly in the end."""

from hypothesis import given
from hypothesis import strategies as st

from comanda.contexts.billing.contract.vat import TaxableLine, tax_of
from comanda.contexts.billing.credit import AtRate, spread_credit
from comanda.contexts.billing.paper import Credit, Document, Issued
from comanda.contexts.ordering.contract.events import OrderLine
from comanda.kernel.goods import Pieces
from tests.support.facts_of_orders import line

rates_bp = st.sampled_from([0, 550, 700, 1_900, 2_550])
invoices = st.lists(st.builds(TaxableLine, st.integers(0, 100_000), rates_bp), min_size=1, max_size=6)


@given(invoices, st.integers(0, 5_000), st.lists(st.integers(1, 60_000), max_size=8), st.data())
def test_credits_never_exceed_the_invoice_at_any_rate(
    lines: list[TaxableLine], shipping: int, amounts: list[int], data: st.DataObject
) -> None:
    invoice = [AtRate(*entry) for entry in tax_of(lines, shipping).by_rate]
    left = sum(entry.gross for entry in invoice)
    credited: dict[int, AtRate] = {}
    for amount in [*amounts, left]:
        amount = min(amount, left)
        weights = data.draw(
            st.dictionaries(st.sampled_from([entry.rate_bp for entry in invoice]), st.integers(0, 5_000))
        )
        parts = spread_credit(invoice, credited, amount, weights)
        assert sum(part.gross for part in parts) == amount
        assert all(part.net >= 0 and part.tax >= 0 and part.gross > 0 for part in parts)
        for part in parts:
            before = credited.get(part.rate_bp, AtRate(part.rate_bp, 0, 0))
            credited[part.rate_bp] = AtRate(part.rate_bp, before.net + part.net, before.tax + part.tax)
        left -= amount
        for entry in invoice:
            sofar = credited.get(entry.rate_bp, AtRate(entry.rate_bp, 0, 0))
            assert sofar.gross <= entry.gross and sofar.tax <= entry.tax and sofar.net <= entry.net
    remaining = sum(entry.gross for entry in invoice) - sum(entry.gross for entry in credited.values())
    if remaining == 0:
        assert {entry for entry in invoice if entry.gross} == set(credited.values())


def test_a_credit_for_named_pieces_takes_their_rate() -> None:
    mug, book = line("MUG", 2, 1_000, 1_900), line("BOOK", 1, 1_000, 700)
    issued = Issued(document(mug, book))
    note = issued.credit(Credit(cause="return", amount=1_000, refund_id="r1", lines=[Pieces(sku="BOOK", quantity=1)]))
    assert note is not None
    assert note.document.by_rate == [AtRate(700, 935, 65)]
    assert [(entry.sku, entry.quantity) for entry in note.document.lines] == [("BOOK", 1)]


def test_a_credit_for_an_amount_goes_over_all_rates_by_what_is_left() -> None:
    issued = Issued(document(line("MUG", 2, 1_000, 1_900), line("BOOK", 1, 1_000, 700)))
    note = issued.credit(Credit(cause="staff", amount=300, refund_id="r1"))
    assert note is not None
    assert [(entry.rate_bp, entry.gross) for entry in note.document.by_rate] == [(700, 100), (1_900, 200)]


def test_a_credit_larger_than_its_pieces_spills_over() -> None:
    """Staff may give back more than the pieces cost, the shipping for instance."""
    issued = Issued(document(line("MUG", 2, 1_000, 1_900), line("BOOK", 1, 1_000, 700)))
    note = issued.credit(Credit(cause="staff", amount=1_500, refund_id="r1", lines=[Pieces(sku="BOOK", quantity=1)]))
    assert note is not None
    assert [(entry.rate_bp, entry.gross) for entry in note.document.by_rate] == [(700, 1_000), (1_900, 500)]


def test_a_refund_is_credited_once() -> None:
    issued = Issued(document(line()))
    assert issued.credit(Credit(cause="staff", amount=100, refund_id="r1")) is not None
    assert issued.credit(Credit(cause="staff", amount=100, refund_id="r1")) is None
    assert issued.credited == 100


def test_what_has_been_credited_is_not_credited_again() -> None:
    issued = Issued(document(line()))
    first = issued.credit(Credit(cause="staff", amount=1_500, refund_id="r1"))
    rest = issued.credit(Credit(cause="undone"))
    assert first is not None and rest is not None
    assert (first.amount, rest.amount, rest.credited) == (1_500, 500, 2_000)
    assert first.tax + rest.tax == issued.document.tax
    assert issued.credit(Credit(cause="undone")) is None


def document(*sold: OrderLine) -> Document:
    taxed = tax_of([TaxableLine(entry.gross, entry.rate_bp) for entry in sold], 0)
    return Document(
        order_number=1,
        reference="r",
        currency="EUR",
        lines=list(sold),
        shipping=0,
        tax=taxed.tax,
        total=sum(entry.gross for entry in sold),
        country="DE",
        by_rate=[AtRate(*entry) for entry in taxed.by_rate],
    )
