"""Orders leave in pieces that the installation takes, and refusals come back to their rows."""

from __future__ import annotations

from pathlib import Path

import msgspec

from comanda.cli.imports.orders import Credit, Line, Order
from comanda.cli.imports.report import Report
from comanda.cli.imports.rules import CREDIT_SET, LINE, REFUSED
from comanda.cli.imports.send import MOST_BYTES, Sent, as_json, pieces, refuse
from comanda.kernel.clock import utc_now
from tests.cli.imports.invoices import imported, row, write


def order(number: int, lines: int = 1) -> Order:
    return Order(str(number), None, utc_now(), "GBP", "GB", [Line(f"SKU-{i}", "x" * 100, 1, 1) for i in range(lines)])


def test_pieces_hold_at_most_a_thousand_orders() -> None:
    sizes = [len(piece.items) for piece in pieces(map(order, range(2_500)), imported().ledger, Sent())]
    assert sizes == [1_000, 1_000, 500]


def test_pieces_hold_at_most_a_mebibyte_and_every_order_once() -> None:
    orders = [order(number, lines=700) for number in range(50)]
    made = list(pieces(orders, imported().ledger, Sent()))
    assert all(len(piece.body()) <= MOST_BYTES for piece in made)
    sent = [item["reference"] for piece in made for item in msgspec.json.decode(piece.body())["orders"]]
    assert sent == [order.reference for order in orders]


def test_order_that_fits_into_no_request_is_refused() -> None:
    sent, done = Sent(), imported()
    assert list(pieces([order(1, lines=10_000)], done.ledger, sent)) == []
    assert sent.orders["refused"] == 1


def test_order_and_credit_say_what_ordering_reads(tmp_path: Path) -> None:
    rows = [row(), row(sku="POST", price="18", quantity=1), row(invoice="C1", quantity=-1, time="2010-12-05 09:00:00")]
    done = imported(write(tmp_path, rows))
    assert as_json(done.orders[0]) == {
        "reference": "536365",
        "customer_id": "17850",
        "email": None,
        "created_at": "2010-12-01T08:26:00Z",
        "status": "completed",
        "currency": "GBP",
        "lines": [{"sku": "85123A", "name": "WHITE LANTERN", "quantity": 6, "unit_price": 255}],
        "shipping": 1800,
        "country": "GB",
        "metadata": {},
    }
    assert as_json(done.credits[0]) == {
        "reference": "C1/536365",
        "order_reference": "536365",
        "customer_id": "17850",
        "created_at": "2010-12-05T09:00:00Z",
        "currency": "GBP",
        "country": "GB",
        "lines": [{"sku": "85123A", "name": "WHITE LANTERN", "quantity": 1, "unit_price": 255}],
        "shipping": 0,
    }


def test_rows_of_a_refused_order_are_rejected_and_the_account_still_balances(tmp_path: Path) -> None:
    done, sent = imported(write(tmp_path, [row(), row(sku="71053"), row(invoice="2")])), Sent()
    refuse(done.orders[0], "too old", done.ledger, sent)
    assert (done.ledger.ends[LINE], done.ledger.ends[REFUSED], done.ledger.balanced) == (1, 2, True)
    assert (sent.refused, sent.orders["refused"]) == (1, 1)


def test_report_has_every_rejected_and_credited_row_once(tmp_path: Path) -> None:
    rows = [row(), row(quantity=0), row(invoice="C1", quantity=-1, time="2010-12-05 09:00:00")]
    done, report = imported(write(tmp_path, rows)), Report()
    for end in done.ends:
        report.note(end)
    refused = done.credits[0]
    assert isinstance(refused, Credit) and refused.rows[0][1] is CREDIT_SET
    done.ledger.listener = report.note
    done.ledger.refuse(refused.rows, refused.reference, "no such order")
    report.write(tmp_path / "report.csv")
    lines = (tmp_path / "report.csv").read_text().splitlines()
    assert [line.split(",")[1:4] for line in lines[1:]] == [["3", "rejected", "quantity"], ["4", "rejected", "refused"]]
    assert "no such order" in lines[2]
