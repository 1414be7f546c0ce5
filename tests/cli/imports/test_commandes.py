"""A file of commandes, an order a row: from the table as CSV, or from the list of the service as JSON."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from comanda.cli.imports.convert import convert
from comanda.cli.imports.files import UnreadableFile
from comanda.cli.imports.formats import COMMANDES, Format, WrongMapping
from comanda.cli.imports.ledger import End, Ledger
from comanda.cli.imports.orders import Order
from comanda.cli.imports.send import as_json

SAMPLES = Path(__file__).parent / "samples"
CSV, JSON = SAMPLES / "commandes.csv", SAMPLES / "commandes.json"


def read(*paths: Path, form: Format = COMMANDES) -> tuple[list[Order], list[End], Ledger]:
    """The orders of files, the ends of their rows, and the account."""
    ends: list[End] = []
    ledger = Ledger(listener=ends.append)
    orders = [item for item in convert(paths, form, ledger) if isinstance(item, Order)]
    return orders, ends, ledger


def test_every_row_is_an_order_or_rejected_with_a_reason() -> None:
    orders, ends, ledger = read(CSV)
    assert [order.reference for order in orders] == [*(f"CMD00{n}" for n in range(1, 6)), "CMD006/a"]
    rejected = [(end.order, end.rule.name, end.detail) for end in ends if end.rejected]
    assert rejected == [
        ("CMD001", "twice", ""),
        ("CMD008", "status", "shipped"),
        ("CMD009", "total-amount", "1.005"),
        ("CMD010", "total-amount", "-3.00"),
        ("CMD011", "time", ""),
        ("", "no-order", ""),
        ("CMD013-0123456789-0123456789-0123456789-0123456789-0", "too-long", "order number"),
        ("CMD014", "total-amount", ""),
        ("", "columns", "5 columns, the header has 7"),
    ]
    assert (ledger.read, ledger.used, ledger.rejected, ledger.balanced) == (15, 6, 9, True)


def test_an_order_is_sent_with_its_total_its_status_and_what_it_was_there() -> None:
    sent = {order.reference: as_json(order) for order in read(CSV)[0]}
    assert sent["CMD001"] == {
        "reference": "CMD001",
        "customer_id": "CLIENT123",
        "email": None,
        "created_at": "2025-07-01T09:12:44.120000Z",
        "status": "completed",
        "currency": "EUR",
        "lines": None,
        "shipping": 0,
        "total": 15_050,
        "country": None,
        "metadata": {"commandes_id": "1", "commandes_updated_at": "2025-07-03T10:00:00Z"},
    }
    assert [sent[reference]["status"] for reference in sorted(sent)] == [
        *("completed", "paid", "created", "canceled", "created", "completed"),
    ]
    assert (sent["CMD004"]["customer_id"], sent["CMD004"]["created_at"]) == (None, "2025-07-03T06:05:00Z")
    assert (sent["CMD006/a"]["total"], sent["CMD006/a"]["metadata"]) == (9_999_999_999, {"commandes_id": "6"})


def test_json_says_the_same_as_csv() -> None:
    orders, ends, ledger = read(JSON)
    assert [as_json(order) for order in orders] == [as_json(order) for order in read(CSV)[0]]
    assert [(end.row.number, end.rule.name) for end in ends if end.rejected] == [(7, "status"), (8, "unreadable")]
    assert (ledger.read, ledger.balanced) == (8, True)


def test_json_may_be_zipped_in_an_envelope_or_an_object_a_line(tmp_path: Path) -> None:
    expected = [as_json(order) for order in read(JSON)[0]]
    content = json.loads(JSON.read_text(), parse_float=str)
    envelope = {"type": "table", "data": content}
    for name, text in (
        ("envelope.json", json.dumps(envelope)),
        ("lines.ndjson", "\n".join(json.dumps(item) for item in content)),
    ):
        (tmp_path / name).write_text(text)
        assert [as_json(order) for order in read(tmp_path / name)[0]] == expected
    zipped = tmp_path / "commandes.json.gz"
    zipped.write_bytes(gzip.compress(JSON.read_bytes()))
    assert [as_json(order) for order in read(zipped)[0]] == expected


def test_tabs_separate_as_commas_do(tmp_path: Path) -> None:
    batch = tmp_path / "commandes.tsv"
    batch.write_text(
        "id\torder_id\tcustomer_id\tcreated_at\tstatus\ttotal_amount\tupdated_at\n"
        "1\tCMD001\tCLIENT123\t2025-07-01 09:12:44\tcompleted\t150.50\tNULL\n"
    )
    (order,) = read(batch)[0]
    assert (order.reference, order.total, order.metadata) == ("CMD001", 15_050, {"commandes_id": "1"})


@pytest.mark.parametrize("text", ["[1, 2", '{"order_id": "A"} x', "[" * 100_000])
def test_a_file_that_is_no_json_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(UnreadableFile):
        read(path)


def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text('[{"order_id": "A"}]')
    with pytest.raises(WrongMapping, match="no column customer_id"):
        read(path)


def test_an_empty_list_has_no_orders(tmp_path: Path) -> None:
    path = tmp_path / "empty.json"
    path.write_text("[]")
    assert read(path)[2].read == 0


@pytest.mark.parametrize(
    ("name", "rules"), [("commandes_pg.sql", ["columns"]), ("commandes_mysql.sql", ["columns", "unreadable"])]
)
def test_a_dump_in_sql_says_the_same_as_csv(name: str, rules: list[str]) -> None:
    orders, ends, ledger = read(SAMPLES / name)
    assert [as_json(order) for order in orders] == [as_json(order) for order in read(CSV)[0]]
    assert [end.rule.name for end in ends if end.rejected] == rules
    assert (ledger.read, ledger.used, ledger.balanced) == (6 + len(rules), 6, True)


def test_quotes_and_escapes_of_a_dump_are_read_as_they_were_meant(tmp_path: Path) -> None:
    path = tmp_path / "dump.sql"
    path.write_text(
        "INSERT INTO public.commandes VALUES (1, 'O''Neil\\\\(1), \"x\"', 'c;(''', '2025-07-01'::timestamp,"
        " 'pending', 1.5, null);\n"
        "COPY commandes (order_id, customer_id, created_at, status, total_amount) FROM stdin;\n"
        "a\\\\b\tc d\t2025-07-01\tpending\t2\n\\.\n"
    )
    orders, _, ledger = read(path)
    assert [(order.reference, order.customer_id, order.total) for order in orders] == [
        ('O\'Neil\\(1), "x"', "c;('", 150),
        ("a\\b", "c d", 200),
    ]
    assert ledger.balanced
