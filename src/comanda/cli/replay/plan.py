"""A file of sales → the orders to place, the products they name, and the stock they need."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from comanda.cli.imports.catalogue import Catalogue, Product
from comanda.cli.imports.convert import convert
from comanda.cli.imports.files import Progress
from comanda.cli.imports.formats import Format
from comanda.cli.imports.ledger import Ledger
from comanda.cli.imports.orders import Order

HOME = "GB"


@dataclass(frozen=True, slots=True)
class Sale:
    """One invoice of the file as a POST /orders: its number and the body."""

    invoice: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """What a replay sends. `demand`: pieces by sku; `without_goods`: invoices of charges and postage only."""

    fingerprint: str
    sales: list[Sale]
    products: list[Product]
    demand: Counter[str]
    without_goods: int
    currency: str


def make_plan(
    paths: Sequence[Path],
    form: Format,
    *,
    limit: int | None = None,
    ledger: Ledger | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Read the files; the same files and limit give the same plan, byte for byte.

    Credits, charges and postage are left out: they are no goods that could be ordered.
    Raises UnreadableFile and WrongMapping.
    """
    catalogue = Catalogue()
    sales: list[Sale] = []
    demand: Counter[str] = Counter()
    without_goods = 0
    for order in convert(paths, form, ledger or Ledger(), catalogue, progress):
        if not isinstance(order, Order) or (limit is not None and len(sales) >= limit):
            continue
        goods = goods_of(order, catalogue)
        if not goods:
            without_goods += 1
            continue
        demand.update(goods)
        sales.append(Sale(order.reference, msgspec.json.encode(as_request(order, goods))))
    products = [product for sku, product in catalogue.products.items() if sku in demand]
    return Plan(fingerprint(sales), sales, products, demand, without_goods, form.currency)


def goods_of(order: Order, catalogue: Catalogue) -> Counter[str]:
    """Pieces of every product of the catalogue that the order names, whatever they cost at the time."""
    goods: Counter[str] = Counter()
    for line in order.lines:
        if line.sku in catalogue.products:
            goods[line.sku] += line.quantity
    return goods


def as_request(order: Order, goods: Counter[str]) -> dict[str, object]:
    """The body of POST /orders: a guest's order, with an address in the order's country."""
    who = f"customer-{order.customer_id}" if order.customer_id else f"guest-{order.reference}"
    return {
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in goods.items()],
        "email": f"{''.join(c if c.isalnum() else '-' for c in who)}@example.org",
        "shipping_address": {
            "recipient": who,
            "street": "High Street",
            "number": "1",
            "city": "Replay",
            "postal_code": "00001",
            "country": order.country or HOME,
        },
        "payment_method": {"type": "card", "token": "tok_approved"},
        "metadata": {"invoice": order.reference},
    }


def fingerprint(sales: Sequence[Sale]) -> str:
    """Sixteen hex digits that change with any byte of any sale."""
    digest = hashlib.sha256()
    for sale in sales:
        digest.update(sale.body)
    return digest.hexdigest()[:16]
