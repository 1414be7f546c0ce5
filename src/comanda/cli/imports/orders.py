"""Entries → recorded orders and credits.

Orders are given out while the file is read, as soon as their last row must have passed. Credits come at the end, when
every sale that they may be set against is known.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from comanda.cli.imports import rules
from comanda.cli.imports.entry import Entry, Kind
from comanda.cli.imports.ledger import Ledger, Row
from comanda.cli.imports.rules import Rule

ROWS_APART = 10_000


@dataclass(slots=True)
class Line:
    """Pieces of one product at one price (minor units)."""

    sku: str
    name: str
    quantity: int
    unit_price: int


@dataclass(slots=True)
class Order:
    """A sale of the past. `rows` are those it was made of, with the rule that used each.

    It has lines and shipping, or a `total` alone; amounts in minor units.
    """

    reference: str
    customer_id: str | None
    created_at: datetime
    currency: str
    country: str | None
    lines: list[Line] = field(default_factory=list)
    shipping: int = 0
    rows: list[tuple[Row, Rule]] = field(default_factory=list)
    status: str = "completed"
    total: int | None = None
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Credit:
    """Pieces and postage given back: for one order, or (`order_reference` None) on its own."""

    reference: str
    order_reference: str | None
    customer_id: str | None
    created_at: datetime
    currency: str
    country: str | None
    lines: list[Line] = field(default_factory=list)
    shipping: int = 0
    rows: list[tuple[Row, Rule]] = field(default_factory=list)


Lines = dict[tuple[str, int], Line]
"""The lines of an order under way by product and price, to find the one that a row adds to."""


@dataclass(slots=True)
class Sale:
    """What of one sale can still be given back: pieces of a product, or minor units of postage."""

    when: tuple[datetime, str, int]
    reference: str
    left: int


class Sales:
    """Every customer's sales, to set credits against: the latest one before the credit with enough left."""

    def __init__(self) -> None:
        self._by_customer: dict[tuple[str, str], list[Sale]] = {}

    def add(self, customer: str, sku: str, sale: Sale) -> None:
        """Remember a sale, or postage that was paid (sku empty)."""
        sales = self._by_customer.setdefault((customer, sku), [])
        if sales and sales[-1].reference == sale.reference:
            sales[-1].left += sale.left
        else:
            sales.append(sale)

    def sort(self) -> None:
        """Put them in the order of time; call it once, when all are there."""
        for sales in self._by_customer.values():
            sales.sort(key=lambda sale: sale.when)

    def set_against(self, credit: Entry) -> str | None:
        """The order that this credited row gives back from; what it takes is gone for the next one."""
        if credit.customer is None or credit.kind is Kind.DISCOUNT:
            return None
        postage = credit.kind is Kind.SHIPPING
        wanted = credit.amount if postage else credit.quantity
        for sale in reversed(self._by_customer.get((credit.customer, "" if postage else credit.sku), [])):
            if sale.left >= wanted and sale.when < when(credit):
                sale.left -= wanted
                return sale.reference
        return None


def when(entry: Entry) -> tuple[datetime, str, int]:
    """The moment of an entry; rows of one minute happened as they stand in the file."""
    return entry.time, entry.row.file, entry.row.number


@dataclass(slots=True)
class OpenOrder:
    """An order whose rows are still being read."""

    order: Order
    entries: list[Entry]
    last_row: int


class Orders:
    """Collects entries; gives out orders while reading and credits at the end. One currency for all."""

    def __init__(self, currency: str, ledger: Ledger) -> None:
        self._currency, self._ledger = currency, ledger
        self._open: OrderedDict[str, OpenOrder] = OrderedDict()
        self._closed: set[str] = set()
        self._sales = Sales()
        self._credited: list[Entry] = []
        self._credit_customers: dict[str, str | None] = {}
        self._count = 0

    def add(self, entry: Entry) -> Iterator[Order]:
        """Take an entry; yields the orders that are complete by now."""
        self._count += 1
        if entry.credit:
            self._add_credit(entry)
        else:
            self._add_sale(entry)
        while self._open:
            first = next(iter(self._open.values()))
            if self._count - first.last_row < ROWS_APART:
                break
            yield self._close(first)

    def finish(self) -> Iterator[Order]:
        """The orders that were still open; after this come the credits."""
        while self._open:
            yield self._close(next(iter(self._open.values())))

    def credits(self) -> Iterator[Credit]:
        """Every credit, each credited row set against its sale or on its own."""
        self._sales.sort()
        found: dict[str, tuple[Credit, Lines]] = {}
        for entry in sorted(self._credited, key=when):
            order = self._sales.set_against(entry)
            reference = f"{entry.order}/{order}" if order else entry.order
            if reference not in found:
                found[reference] = self._new_credit(reference, order, entry), {}
            credit, lines = found[reference]
            if entry.kind is Kind.SHIPPING:
                credit.shipping += entry.amount
            else:
                self._add_line(credit, lines, entry)
            self._note(credit, entry, rules.CREDIT_SET if order else rules.CREDIT_OWN, order or "")
        yield from (credit for credit, _ in found.values())

    def _add_credit(self, entry: Entry) -> None:
        if self._credit_customers.setdefault(entry.order, entry.customer) != entry.customer:
            self._ledger.end(entry.row, rules.OTHER_CUSTOMER, entry.order, entry.customer or "none")
        else:
            self._credited.append(entry)

    def _add_sale(self, entry: Entry) -> None:
        if entry.order in self._closed:
            self._ledger.end(entry.row, rules.SCATTERED, entry.order)
            return
        building = self._open.get(entry.order)
        if building is None:
            order = Order(entry.order, entry.customer, entry.time, self._currency, entry.country)
            building = self._open[entry.order] = OpenOrder(order, [], self._count)
        if building.order.customer_id != entry.customer:
            self._ledger.end(entry.row, rules.OTHER_CUSTOMER, entry.order, entry.customer or "none")
            return
        building.entries.append(entry)
        building.last_row = self._count
        self._open.move_to_end(entry.order)

    def _close(self, building: OpenOrder) -> Order:
        order, entries = building.order, building.entries
        del self._open[order.reference]
        self._closed.add(order.reference)
        order.created_at = min(entry.time for entry in entries)
        order.country = next((entry.country for entry in entries if entry.country), None)
        only_postage = all(entry.kind is Kind.SHIPPING for entry in entries)
        if only_postage:
            self._ledger.remark(rules.ONLY_POSTAGE)
        lines: Lines = {}
        for entry in entries:
            self._remember(order, entry)
            if entry.kind is Kind.SHIPPING and not only_postage:
                order.shipping += entry.amount
                self._note(order, entry, rules.SHIPPING)
            else:
                self._add_line(order, lines, entry)
                self._note(order, entry, rules.LINE)
        return order

    def _remember(self, order: Order, entry: Entry) -> None:
        if entry.customer is not None:
            postage = entry.kind is Kind.SHIPPING
            left = entry.amount if postage else entry.quantity
            self._sales.add(entry.customer, "" if postage else entry.sku, Sale(when(entry), order.reference, left))

    def _note(self, into: Order | Credit, entry: Entry, rule: Rule, detail: str = "") -> None:
        into.rows.append((entry.row, rule))
        self._ledger.end(entry.row, rule, entry.order, detail)

    def _add_line(self, into: Order | Credit, lines: Lines, entry: Entry) -> None:
        same = lines.get((entry.sku, entry.price))
        if same is None:
            line = Line(entry.sku, entry.name or entry.sku, entry.quantity, entry.price)
            lines[entry.sku, entry.price] = line
            into.lines.append(line)
        else:
            same.quantity += entry.quantity
            self._ledger.remark(rules.MERGED)

    def _new_credit(self, reference: str, order: str | None, entry: Entry) -> Credit:
        return Credit(reference, order, entry.customer, entry.time, self._currency, entry.country)


def total(of: Order | Credit) -> int:
    """Lines and shipping, in minor units."""
    return of.shipping + sum(line.quantity * line.unit_price for line in of.lines)


def grand_total(many: Iterable[Order | Credit]) -> int:
    """The sum of their totals."""
    return sum(map(total, many))
