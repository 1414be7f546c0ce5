"""A message as its reader sees it: a template filled in with what the delivery log keeps. Pure.

Messages are rendered when somebody reads or sends them, not when they are written: the log keeps which version of which
text was meant and the figures in it, neither of which ever changes.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from typing import Any, NamedTuple

import jinja2
import msgspec
from jinja2 import TemplateError

from comanda.contexts.notifying import built_in
from comanda.contexts.notifying.correspondence import Contact, Language
from comanda.contexts.notifying.summary import Summary
from comanda.contexts.notifying.template import InvalidTemplate, Template, environment, variables_of
from comanda.contexts.notifying.wording import (
    TABLE_MARK,
    Figure,
    LineWords,
    MarkedTable,
    Moment,
    Table,
    totals_of,
)
from comanda.contexts.ordering.contract.events import OrderLine
from comanda.kernel.money import Money

KEPT_COMPILED = 500


class Shop(NamedTuple):
    """What templates call `shop`, and the time zone of its dates. `url` empty: there are no pages to link to."""

    name: str
    url: str
    timezone: str = "UTC"

    def page(self, path: str) -> str:
        """The address of one of its pages; empty when it has none."""
        return f"{self.url}/{path}" if self.url else ""


class About(NamedTuple):
    """What a message is about, as the log keeps it. `order_id` empty: it is not about an order.

    `link_token` is what shows a guest the order without signing in; empty for customers.
    """

    order_id: str
    contact: Contact
    summary: Summary | None
    data: Mapping[str, Any]
    link_token: str = ""


class Rendered(NamedTuple):
    """A message to read. By SMS: only `text`."""

    subject: str
    text: str
    html: str


def render(template: Template, about: About, shop: Shop) -> Rendered:
    """Fill in a template. Raises InvalidTemplate when something in it is missing."""
    context = context_of(template, about, shop)
    text = _fill("text", template.text, context)
    if template.channel == "sms":
        return Rendered("", text, "")
    subject = " ".join(_fill("subject", template.subject, context).split())
    own_html = template.html and _fill("html", template.html, context, html=True)
    body = own_html or _html_of(template.text, context)
    return Rendered(subject, text, _page(subject, body, template.language, shop))


def context_of(template: Template, about: About, shop: Shop) -> dict[str, Any]:
    """All that a template of this name may fill in."""
    language = template.language
    known: dict[str, Any] = {"shop": {"name": shop.name, "url": shop.url}, "reason": about.data.get("reason", "")}
    if about.summary is not None:
        known["order"] = _order_words(about, about.summary, language, shop)
    if "amount" in about.data:
        currency = about.data["currency"]
        known["refund"] = {
            name: Figure(Money(about.data[name], currency), language) for name in ("amount", "remaining")
        }
    known["customer"] = {"name": about.data.get("name", "")}
    token = about.data.get("token", about.data.get("token_id", ""))
    known["reset"] = {"token": token, "url": shop.page(f"reset-password?token={token}")}
    known["confirmation"] = {"token": token, "url": shop.page(f"confirm-email?token={token}")}
    known["message"] = {"subject": about.data.get("subject", ""), "text": about.data.get("text", "")}
    known["shipment"] = {name: about.data.get(name, "") for name in ("carrier", "tracking_number")}
    known["stock"] = {name: about.data.get(name, "") for name in ("sku", "level", "available", "threshold")}
    return {name: value for name, value in known.items() if name in variables_of(template.name)}


def sample(name: str, language: Language) -> About:
    """Something for a template to be about that never happened, to try it with."""
    line = OrderLine(
        sku="LAMP-1", name="Reading lamp", quantity=2, unit_price=2_450, net=4_118, tax=782, gross=4_900, rate_bp=1900
    )
    summary = Summary(1234, "A-1234", "EUR", [line], 4_900, 490, 860, 5_390, datetime(2024, 5, 17, 9, 30, tzinfo=UTC))
    contact = Contact("ada@example.org", "+33600000000", "Ada Lovelace", language)
    data = {
        "reason": "payment declined",
        "carrier": "Comanda Post",
        "tracking_number": "CP123456789",
        "amount": 2_450,
        "remaining": 2_940,
        "currency": "EUR",
        "name": "Ada Lovelace",
        "token": "0190c0de",
        "sku": "LAMP-1",
        "level": "low",
        "available": 3,
        "threshold": 5,
        "subject": "About your order",
        "text": "We have found the shade you asked for.",
    }
    about_order = "order" in variables_of(name)
    return About("0190c0de-0000-7000-8000-000000000000", contact, summary if about_order else None, data)


def _order_words(about: About, summary: Summary, language: Language, shop: Shop) -> dict[str, Any]:
    def figure(amount: int) -> Figure:
        return Figure(Money(amount, summary.currency), language)

    lines = [
        LineWords(line.sku, line.name, line.quantity, figure(line.unit_price), figure(line.gross))
        for line in summary.lines
    ]
    figures = {name: figure(getattr(summary, name)) for name in ("subtotal", "shipping", "tax", "total")}
    return {
        "number": summary.number,
        "reference": summary.reference,
        "recipient": about.contact.recipient,
        "created_at": Moment(summary.created_at, language, shop.timezone),
        "url": shop.page(f"orders/{about.order_id}" + (f"?token={about.link_token}" if about.link_token else "")),
        "lines": lines,
        "table": Table(lines, totals_of(built_in.totals_words(language), figures)),
        **figures,
    }


def _fill(part: str, source: str, context: Mapping[str, Any], *, html: bool = False) -> str:
    try:
        return _compiled(source, html).render(context)
    except TemplateError as error:
        raise InvalidTemplate(part, str(error) or type(error).__name__) from error


@lru_cache(maxsize=KEPT_COMPILED)
def _compiled(source: str, html: bool) -> jinja2.Template:
    return (_HTML if html else _TEXT).from_string(source)


_TEXT, _HTML = environment(html=False), environment(html=True)

_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")


def _html_of(source: str, context: Mapping[str, Any]) -> str:
    """Paragraphs made of text: everything escaped, addresses made links, the order's table in its place."""
    table = context["order"]["table"] if "order" in context else None
    if table is not None:
        context = {**context, "order": {**context["order"], "table": MarkedTable()}}
    text = _fill("text", source, context)
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text) if block.strip()]
    return "\n".join(_block(block, table) for block in blocks)


def _block(text: str, table: Table | None) -> str:
    if table is not None and text == TABLE_MARK:
        return table.__html__()
    escaped = escape(text, quote=False).replace("\n", "<br>\n")
    linked = _ADDRESS.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', escaped)
    if table is not None:
        linked = linked.replace(TABLE_MARK, table.__html__())
    return f"<p>{linked}</p>"


def _page(subject: str, body: str, language: str, shop: Shop) -> str:
    return _PAGE.format(
        language=language,
        subject=escape(subject),
        body=body,
        shop=f'<a href="{escape(shop.url)}">{escape(shop.name)}</a>' if shop.url else escape(shop.name),
    )


_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>{subject}</title>
<style>
body {{ margin: 0; padding: 32px 16px; font: 16px/1.6 system-ui, sans-serif; color: #1c1b19; background: #f6f4f0; }}
main {{ max-width: 560px; margin: 0 auto; padding: 32px; background: #fff; border-radius: 12px; }}
a {{ color: #0b5d4a; }}
table {{ width: 100%; border-collapse: collapse; margin: 16px 0; }}
td, th {{ padding: 8px 0; text-align: left; font-weight: normal; border-top: 1px solid #e7e3dc; }}
td:last-child {{ text-align: right; white-space: nowrap; }}
footer {{ max-width: 560px; margin: 16px auto 0; text-align: center; font-size: 14px; color: #6b6760; }}
</style>
</head>
<body>
<main>
{body}
</main>
<footer>{shop}</footer>
</body>
</html>
"""


def decode_data(data: str | None) -> dict[str, Any]:
    """What the log keeps beside a message."""
    return msgspec.json.decode(data) if data else {}
