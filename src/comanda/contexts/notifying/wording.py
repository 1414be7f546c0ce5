"""Amounts, dates and the table of an order, in the words and figures of a language. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from html import escape
from zoneinfo import ZoneInfo

import jinja2
import msgspec
from babel.dates import format_date
from babel.numbers import format_currency, get_currency_precision

from comanda.kernel.money import Money

TABLE_MARK = "\x02table\x03"
"""Stands for the order's table in text that becomes HTML."""


class Figure(msgspec.Struct, frozen=True):
    """An amount in a template: `{{ order.total }}` and `{{ order.total | money }}` are alike."""

    money: Money
    language: str

    def __str__(self) -> str:
        return format_money(self.money, self.language)


class Moment(msgspec.Struct, frozen=True):
    """A time in a template: shown as a date, on the shop's clocks."""

    at: datetime
    language: str
    timezone: str

    def __str__(self) -> str:
        return format_date(self.at.astimezone(ZoneInfo(self.timezone)), format="long", locale=self.language)


class LineWords(msgspec.Struct, frozen=True):
    """One line of an order in a template."""

    sku: str
    name: str
    quantity: int
    unit_price: Figure
    gross: Figure


class Table(msgspec.Struct, frozen=True):
    """The order's lines and totals: columns in text, a table in HTML."""

    lines: Sequence[LineWords]
    totals: Sequence[tuple[str, Figure]]

    def __str__(self) -> str:
        rows = [(f"{line.quantity} × {line.name}", str(line.gross)) for line in self.lines]
        rows += [(label, str(figure)) for label, figure in self.totals]
        wide = min(60, max(len(left) for left, _ in rows))
        right = max(len(amount) for _, amount in rows)
        return "\n".join(f"{left:<{wide}}  {amount:>{right}}" for left, amount in rows)

    def __html__(self) -> str:
        lines = "".join(
            f"<tr><td>{line.quantity}&nbsp;×&nbsp;{escape(line.name)}</td><td>{escape(str(line.gross))}</td></tr>"
            for line in self.lines
        )
        totals = "".join(
            f'<tr><th scope="row">{escape(label)}</th><td>{escape(str(figure))}</td></tr>'
            for label, figure in self.totals
        )
        return f"<table><tbody>{lines}</tbody><tfoot>{totals}</tfoot></table>"


class MarkedTable(msgspec.Struct, frozen=True):
    """Keeps the table's place in a text that is turned into HTML."""

    def __str__(self) -> str:
        return TABLE_MARK


def format_money(money: Money, language: str) -> str:
    """An amount as it is written in a language: €19.99, 19,99 €, R$ 19,99."""
    exponent = get_currency_precision(money.currency)
    amount = Decimal(money.amount).scaleb(-exponent)
    return format_currency(amount, money.currency, locale=language)


def money_text(value: object) -> str:
    """The filter `money`. Raises TemplateRuntimeError for what is no amount."""
    if isinstance(value, jinja2.Undefined):
        return str(value)
    if not isinstance(value, Figure):
        raise jinja2.TemplateRuntimeError("`money` is for amounts.")
    return str(value)


def date_text(value: object) -> str:
    """The filter `date`. Raises TemplateRuntimeError for what is no time."""
    if isinstance(value, jinja2.Undefined):
        return str(value)
    if not isinstance(value, Moment):
        raise jinja2.TemplateRuntimeError("`date` is for times.")
    return str(value)


def totals_of(words: Mapping[str, str], figures: Mapping[str, Figure]) -> list[tuple[str, Figure]]:
    """The table's foot: goods, shipping, total, and the VAT contained, where there is any."""
    return [
        (words[name], figures[name])
        for name in ("subtotal", "shipping", "total", "tax")
        if name in ("subtotal", "total") or figures[name].money.amount
    ]
