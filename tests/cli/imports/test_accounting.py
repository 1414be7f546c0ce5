"""Every row read has exactly one end, whatever the rows are; and nothing is counted into money twice."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from comanda.cli.imports import rules
from comanda.cli.imports.orders import grand_total
from tests.cli.imports.invoices import imported, row, write

GARBAGE = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


def cells(*usual: str) -> st.SearchStrategy[str]:
    """Mostly one of the usual values."""
    return st.sampled_from(usual) | GARBAGE


ROW = st.builds(
    row,
    invoice=cells("1", "2", "3", "C4", "C5", "A6"),
    sku=cells("85123A", "85123a", "71053", "POST", "M", "D", "S", "B", "AMAZONFEE"),
    name=cells("LANTERN", ""),
    quantity=cells("1", "2", "30", "-1", "-2", "0"),
    time=cells("2010-12-01 08:26:00", "2010-12-02 08:26:00", "2011-10-30 01:30:00"),
    price=cells("2.55", "0.001", "0", "-1", "18"),
    customer=cells("17850.0", "1", ""),
    country=cells("United Kingdom", "EIRE", "Unspecified"),
)
BROKEN = st.lists(GARBAGE, min_size=1, max_size=10)


@settings(max_examples=150, deadline=None)
@given(st.lists(ROW | BROKEN, max_size=30))
def test_every_row_has_exactly_one_end(rows: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        done = imported(write(Path(folder), rows))
    numbers = [end.row.number for end in done.ends]
    assert len(numbers) == len(set(numbers)) == done.ledger.read
    assert done.ledger.balanced
    used = [(item.number, rule) for part in (done.orders, done.credits) for x in part for item, rule in x.rows]
    assert sorted(number for number, _ in used) == sorted(end.row.number for end in done.ends if not end.rejected)


@settings(max_examples=150, deadline=None)
@given(st.lists(ROW, max_size=30))
def test_money_and_pieces_of_used_rows_are_those_of_the_orders(rows: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        done = imported(write(Path(folder), rows))
    sold = Counter[str]()
    for order in done.orders:
        assert order.lines
        assert len({(line.sku, line.unit_price) for line in order.lines}) == len(order.lines)
        for line in order.lines:
            assert line.quantity > 0 and line.unit_price > 0
            sold[f"{order.reference} {line.sku}"] += line.quantity
    for credit in done.credits:
        for line in credit.lines if credit.order_reference else ():
            sold[f"{credit.order_reference} {line.sku}"] -= line.quantity
    assert all(left >= 0 for left in sold.values())
    assert len({order.reference for order in done.orders}) == len(done.orders)
    assert len({credit.reference for credit in done.credits}) == len(done.credits)
    against = [credit for credit in done.credits if credit.order_reference]
    assert grand_total(done.orders) >= 0 and all(credit.customer_id for credit in against)


def test_no_two_rules_share_a_name() -> None:
    assert len({rule.name for rule in rules.ALL}) == len(rules.ALL)


def test_guide_states_every_rule() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "guides" / "importing.md").read_text()
    missing = [rule.name for rule in rules.ALL if f"| `{rule.name}` | {rule.text} |" not in guide]
    assert missing == []
