"""Rows become orders, and credits find their sales."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from comanda.cli.imports.orders import Line, total
from tests.cli.imports.invoices import imported, row, write


def test_rows_of_an_invoice_are_one_order(tmp_path: Path) -> None:
    order = imported(
        write(tmp_path, [row(), row(sku="71053", name="LANTERN", quantity=2, price="3.39", time="2010-12-01 08:25:00")])
    ).orders[0]
    assert order.reference == "536365"
    assert order.customer_id == "17850"
    assert order.created_at == datetime(2010, 12, 1, 8, 25, tzinfo=UTC)
    assert (order.currency, order.country) == ("GBP", "GB")
    assert order.lines == [Line("85123A", "WHITE LANTERN", 6, 255), Line("71053", "LANTERN", 2, 339)]
    assert total(order) == 6 * 255 + 2 * 339


def test_same_product_at_the_same_price_is_one_line_at_another_price_a_second(tmp_path: Path) -> None:
    rows = [row(), row(sku="85123a", quantity=2), row(price="2.10", quantity=1)]
    done = imported(write(tmp_path, rows))
    assert done.orders[0].lines == [Line("85123A", "WHITE LANTERN", 8, 255), Line("85123A", "WHITE LANTERN", 1, 210)]
    assert done.rules() == ["line", "line", "line"]


def test_postage_is_the_shipping_of_its_order(tmp_path: Path) -> None:
    done = imported(
        write(tmp_path, [row(sku="POST", price="18", quantity=3), row(), row(sku="C2", price="50", quantity=1)])
    )
    assert done.orders[0].shipping == 3 * 1800 + 5000
    assert done.rules() == ["shipping", "line", "shipping"]


def test_invoice_of_nothing_but_postage_sells_the_postage(tmp_path: Path) -> None:
    done = imported(write(tmp_path, [row(sku="DOT", name="DOTCOM POSTAGE", price="18", quantity=1)]))
    assert done.orders[0].lines == [Line("DOT", "DOTCOM POSTAGE", 1, 1800)]
    assert (done.orders[0].shipping, done.rules()) == (0, ["line"])


def test_sale_without_customer_is_a_guests(tmp_path: Path) -> None:
    assert imported(write(tmp_path, [row(customer="")])).orders[0].customer_id is None


def test_row_that_names_another_customer_is_rejected(tmp_path: Path) -> None:
    done = imported(write(tmp_path, [row(), row(customer="13047.0"), row(customer="")]))
    assert done.rules() == ["line", "other-customer", "other-customer"]


def test_rows_of_an_invoice_may_stand_apart_but_not_too_far(tmp_path: Path) -> None:
    between = [row(invoice=f"9{i}") for i in range(10_000)]
    done = imported(write(tmp_path, [row(), row(invoice="2"), row(sku="X"), *between, row(sku="Y")]))
    assert done.rules()[:3] == ["line", "line", "line"]
    assert done.rules()[-1] == "scattered"
    assert [len(order.lines) for order in done.orders if order.reference == "536365"] == [2]


def test_orders_of_two_files_are_read_as_one(tmp_path: Path) -> None:
    first, second = write(tmp_path, [row()]), write(tmp_path, [row(sku="71053")], "b.csv")
    assert len(imported(first, second).orders) == 1


def credit(**cells: object) -> list[str]:
    """A row that gives two pieces back, later."""
    return row(**{"invoice": "C1", "quantity": -2, "time": "2010-12-09 10:00:00", **cells})  # type: ignore[arg-type]


def test_credit_is_set_against_the_latest_earlier_sale_with_enough_left(tmp_path: Path) -> None:
    rows = [
        row(invoice="1", quantity=9, time="2010-12-01 08:00:00"),
        row(invoice="2", quantity=5, time="2010-12-02 08:00:00"),
        row(invoice="3", quantity=1, time="2010-12-03 08:00:00"),  # not enough
        row(invoice="4", quantity=9, time="2010-12-10 08:00:00"),  # later
        row(invoice="5", quantity=9, customer="1"),  # another customer's
        row(invoice="6", quantity=9, sku="OTHER"),
        credit(),
    ]
    done = imported(write(tmp_path, rows))
    assert [(c.reference, c.order_reference) for c in done.credits] == [("C1/2", "2")]
    assert done.credits[0].lines == [Line("85123A", "WHITE LANTERN", 2, 255)]
    assert done.ends[-1].detail == "2"


def test_pieces_are_given_back_once(tmp_path: Path) -> None:
    rows = [row(invoice="1", quantity=3), credit(), credit(invoice="C2", time="2010-12-09 11:00:00")]
    done = imported(write(tmp_path, rows))
    assert [(c.reference, c.order_reference) for c in done.credits] == [("C1/1", "1"), ("C2", None)]


def test_of_equal_times_the_row_that_stands_first_was_first(tmp_path: Path) -> None:
    same = "2010-12-09 10:00:00"
    assert imported(write(tmp_path, [row(time=same), credit()])).credits[0].order_reference == "536365"
    assert imported(write(tmp_path, [credit(), row(time=same)])).credits[0].order_reference is None


def test_credit_in_a_file_before_its_sale_finds_it_by_time(tmp_path: Path) -> None:
    assert imported(write(tmp_path, [credit(), row()])).credits[0].order_reference == "536365"


def test_rows_of_one_credit_invoice_may_go_to_different_orders(tmp_path: Path) -> None:
    rows = [
        row(invoice="1"),
        row(invoice="2", sku="71053"),
        credit(),
        credit(sku="71053"),
        credit(sku="NEVER SOLD"),
        credit(sku="D", name="Discount", quantity=-1, price="27.5"),
    ]
    done = imported(write(tmp_path, rows))
    assert {c.reference: [x.sku for x in c.lines] for c in done.credits} == {
        "C1/1": ["85123A"],
        "C1/2": ["71053"],
        "C1": ["NEVER SOLD", "D"],
    }


def test_credited_postage_is_set_against_postage_by_its_sum(tmp_path: Path) -> None:
    rows = [row(), row(sku="POST", price="18", quantity=2), credit(sku="POST", price="18", quantity=-1)]
    done = imported(write(tmp_path, rows))
    assert [(c.order_reference, c.shipping, c.lines) for c in done.credits] == [("536365", 1800, [])]


def test_credit_without_customer_is_its_own(tmp_path: Path) -> None:
    done = imported(write(tmp_path, [row(customer=""), credit(customer="")]))
    assert done.rules() == ["line", "credit-own"]


def test_product_has_its_most_frequent_name_and_latest_price(tmp_path: Path) -> None:
    rows = [
        row(invoice="2", price="3.00", time="2011-01-01 08:00:00", name="LANTERN  WHITE"),
        row(invoice="1", price="2.00", name="WHITE LANTERN"),
        row(invoice="3", price="2.00", name="WHITE LANTERN"),
        row(invoice="4", price="0.00", name="damaged"),
        row(invoice="5", price="2.50", name="", sku="85123a"),
        credit(price="9.99", name="CREDITED", time="2011-02-01 08:00:00"),
        row(invoice="6", sku="M"),
        row(invoice="6", sku="POST"),
    ]
    products = imported(write(tmp_path, rows)).catalogue.products
    assert list(products) == ["85123A"]
    assert (products["85123A"].name, products["85123A"].unit_price) == ("WHITE LANTERN", 300)
    assert products["85123A"].pieces == 24
