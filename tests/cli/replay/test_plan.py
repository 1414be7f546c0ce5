"""A file of sales is planned the same way every time."""

from __future__ import annotations

from pathlib import Path

import msgspec

from comanda.cli.imports.formats import ONLINE_RETAIL
from comanda.cli.replay.plan import make_plan
from comanda.cli.replay.stockroom import shares
from tests.cli.imports.invoices import row, write

ROWS = [
    row(),
    row(price="2.10", quantity=3),
    row(sku="POST", price="18"),
    row(sku="M", price="7"),
    row(invoice="2", sku="71053", quantity=5, customer="", country="EIRE"),
    row(invoice="3", sku="POST", price="18"),
    row(invoice="4", price="3.00", time="2011-01-01 08:00:00"),
    row(invoice="C5", quantity=-1, time="2011-01-02 08:00:00"),
]


def test_each_invoice_is_one_order_of_its_goods(tmp_path: Path) -> None:
    plan = make_plan([write(tmp_path, ROWS)], ONLINE_RETAIL)
    bodies = [msgspec.json.decode(sale.body) for sale in plan.sales]
    assert [sale.invoice for sale in plan.sales] == ["536365", "2", "4"]
    assert bodies[0]["lines"] == [{"sku": "85123A", "quantity": 9}]
    assert [body["email"] for body in bodies[:2]] == ["customer-17850@example.org", "guest-2@example.org"]
    assert bodies[1]["shipping_address"]["country"] == "IE"
    assert plan.without_goods == 1
    assert plan.demand == {"85123A": 15, "71053": 5}
    assert {product.sku: product.unit_price for product in plan.products} == {"85123A": 300, "71053": 255}


def test_same_file_gives_the_same_plan_and_another_limit_another(tmp_path: Path) -> None:
    path = write(tmp_path, ROWS)
    plan, again, shorter = (make_plan([path], ONLINE_RETAIL, limit=limit) for limit in (None, None, 2))
    assert (plan.fingerprint, plan.sales) == (again.fingerprint, again.sales)
    assert shorter.fingerprint != plan.fingerprint
    assert shorter.demand == {"85123A": 9, "71053": 5}


def test_stock_is_the_demand_times_the_share(tmp_path: Path) -> None:
    plan = make_plan([write(tmp_path, ROWS)], ONLINE_RETAIL)
    assert {a["sku"]: a["delta"] for piece in shares(plan, 0.5) for a in piece} == {"85123A": 8, "71053": 2}
    assert list(shares(plan, 0.0)) == []
