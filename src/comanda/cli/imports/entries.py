"""One row → one entry of an order or a credit, or the rule that rejects it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision

from comanda.cli.imports import rules
from comanda.cli.imports.entry import Entry, Kind, Listed
from comanda.cli.imports.formats import Format
from comanda.cli.imports.ledger import Ledger, Row
from comanda.cli.imports.rules import Rule
from comanda.platform.countries import country_code

LONGEST_KEY = 50
LONGEST_ORDER_WITH_CREDITS = 24  # a credit's reference joins two order numbers
LONGEST_NAME = 200
MOST_PIECES = 2_000_000_000
HIGHEST_PRICE = Decimal(10_000_000)

WHOLE = re.compile(r"([+-]?[0-9]{1,15})(?:\.0*)?")
NUMBER = re.compile(r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]*)?|\.[0-9]+)")


class Rejected(Exception):
    """A rule does not let the row pass."""

    def __init__(self, rule: Rule, detail: str = "") -> None:
        super().__init__(rule.name)
        self.rule, self.detail = rule, detail


class EntryReader:
    """Makes entries of a file's rows; what it rejects or changes it notes in the ledger.

    `positions`: our field → index of its column, see `Format.positions`.
    """

    def __init__(self, form: Format, positions: Mapping[str, int], ledger: Ledger) -> None:
        self._form, self._positions, self._ledger = form, positions, ledger

    def read(self, row: Row) -> Entry | None:
        """The row's entry; None where a rule rejected it."""
        try:
            entry = self._entry(row)
        except Rejected as rejected:
            self._ledger.end(row, rejected.rule, self._text(row, "order"), rejected.detail)
            return None
        self._remark(entry)
        return entry

    def read_listed(self, row: Row) -> Listed | None:
        """The row of a product list; None where a rule rejected it."""
        try:
            weight = self._text(row, "weight_g")
            if weight and not (weight.isdecimal() and len(weight) < 9):
                raise Rejected(rules.WEIGHT, weight)
            return Listed(
                sku=self._sku(row),
                name=self._text(row, "name")[:LONGEST_NAME],
                price=sold_at(parse_price(self._text(row, "price")), self._form.currency),
                category=self._text(row, "category"),
                weight_g=int(weight or 0),
            )
        except Rejected as rejected:
            self._ledger.end(row, rejected.rule, self._text(row, "sku"), rejected.detail)
            return None

    def _entry(self, row: Row) -> Entry:
        form = self._form
        order, sku = self._order(row), self._sku(row)
        kind = kind_of(sku, form)
        credit = form.credit_prefix is not None and order.startswith(form.credit_prefix)
        quantity = parse_quantity(self._text(row, "quantity"))
        if credit and quantity > 0:
            raise Rejected(rules.CREDIT_QUANTITY)
        if not credit and quantity < 0:
            raise Rejected(rules.STOCK_MOVEMENT if form.credit_prefix else rules.NEGATIVE_QUANTITY)
        if not credit and kind is Kind.DISCOUNT:
            raise Rejected(rules.DISCOUNT)
        price = sold_at(parse_price(self._text(row, "price")), form.currency)
        return Entry(
            row=row,
            kind=kind,
            credit=credit,
            order=order,
            sku=sku,
            name=self._text(row, "name")[:LONGEST_NAME],
            quantity=abs(quantity),
            price=price,
            time=parse_time(self._text(row, "time"), form.time_formats, form.timezone),
            customer=self._customer(row),
            country=country_code(self._text(row, "country")),
        )

    def _order(self, row: Row) -> str:
        order = self._text(row, "order")
        if not order:
            raise Rejected(rules.NO_ORDER)
        if len(order) > (LONGEST_ORDER_WITH_CREDITS if self._form.credit_prefix else LONGEST_KEY):
            raise Rejected(rules.TOO_LONG, "order number")
        return order

    def _sku(self, row: Row) -> str:
        sku = self._text(row, "sku")
        if not sku:
            raise Rejected(rules.NO_SKU)
        if len(sku) > LONGEST_KEY:
            raise Rejected(rules.TOO_LONG, "product code")
        return sku.upper() if self._form.upper_case_sku else sku

    def _customer(self, row: Row) -> str | None:
        customer = self._text(row, "customer")
        if self._form.whole_customer:
            customer = customer.removesuffix(".0")  # a spreadsheet took the number for a decimal
        if len(customer) > LONGEST_KEY:
            raise Rejected(rules.TOO_LONG, "customer")
        return customer or None

    def _text(self, row: Row, name: str) -> str:
        """A cell, its white space made single; nothing where the column is not mapped."""
        at = self._positions.get(name)
        return "" if at is None else clean(row.values[at])

    def _remark(self, entry: Entry) -> None:
        remark = self._ledger.remark
        if entry.kind is Kind.CHARGE:
            remark(rules.CHARGE)
        if entry.customer is None:
            remark(rules.GUEST)
        if entry.country is None and "country" in self._positions:
            remark(rules.COUNTRY)
        if not entry.name:
            remark(rules.UNNAMED)
        if is_finer(self._text(entry.row, "price"), self._form.currency):
            remark(rules.PENNY)


@lru_cache(maxsize=16384)
def clean(text: str) -> str:
    """A cell without NUL, which no database takes, and its white space made single."""
    return " ".join(text.replace("\0", "").split())


def kind_of(sku: str, form: Format) -> Kind:
    """What a product code stands for. Raises Rejected for those that are no sale."""
    code, codes = sku.upper(), form.codes
    for listed, rule in (
        (codes.own_costs, rules.OWN_COSTS),
        (codes.bad_debt, rules.BAD_DEBT),
        (codes.samples, rules.SAMPLES),
    ):
        if code in listed:
            raise Rejected(rule)
    if code in codes.shipping:
        return Kind.SHIPPING
    if code in codes.charge:
        return Kind.CHARGE
    return Kind.DISCOUNT if code in codes.discount else Kind.GOODS


@lru_cache(maxsize=4096)
def parse_quantity(text: str) -> int:
    """`6`, `-1`, `12.0` → pieces. Raises Rejected for zero and for what is no whole number."""
    whole = WHOLE.fullmatch(text)
    if whole is None or not 0 < abs(int(whole[1])) <= MOST_PIECES:
        raise Rejected(rules.QUANTITY, text)
    return int(whole[1])


@lru_cache(maxsize=4096)
def parse_price(text: str) -> Decimal:
    """`2.55` → a decimal in major units. Raises Rejected for what is no number, or too large."""
    if not NUMBER.fullmatch(text) or abs(Decimal(text)) > HIGHEST_PRICE:
        raise Rejected(rules.PRICE, text)
    return Decimal(text)


@lru_cache(maxsize=4096)
def sold_at(price: Decimal, currency: str) -> int:
    """A price in minor units, rounded half up. Raises Rejected when nobody paid it."""
    if price < 0:
        raise Rejected(rules.NEGATIVE_PRICE)
    minor = int(price.scaleb(get_currency_precision(currency)).quantize(Decimal(1), ROUND_HALF_UP))
    if minor == 0:
        raise Rejected(rules.NO_PRICE)
    return minor


@lru_cache(maxsize=4096)
def is_finer(text: str, currency: str) -> bool:
    """Whether a price has a part that its currency has no coin for."""
    scaled = Decimal(text).scaleb(get_currency_precision(currency))
    return scaled != scaled.to_integral_value()


@lru_cache(maxsize=4096)
def parse_time(text: str, formats: tuple[str, ...], zone: ZoneInfo) -> datetime:
    """A local time → UTC. ISO 8601, else one of the formats; a time with its own offset keeps it.

    The hour that comes twice in autumn is read as its first time, the one that spring leaves out as if the clock
    had not been changed yet (PEP 495, fold 0). Raises Rejected for what is no time.
    """
    time = _iso(text) or next(filter(None, (_in_format(text, form) for form in formats)), None)
    if time is None:
        raise Rejected(rules.TIME, text)
    try:
        return (time if time.tzinfo else time.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise Rejected(rules.TIME, text) from None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _in_format(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None
