"""An order's invoice, from its draft to its last credit note. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from comanda.contexts.billing.contract.vat import TaxableLine, TaxRates, is_reverse_charge, tax_of
from comanda.contexts.billing.credit import AtRate, spread_credit
from comanda.contexts.ordering.contract.events import Buyer, OrderConfirmed, OrderCreated, OrderLine
from comanda.kernel.goods import Pieces

Cause = Literal["undone", "staff", "return", "not_delivered"]
Treatment = Literal["standard", "export", "reverse_charge"]


class Document(msgspec.Struct, kw_only=True, omit_defaults=True):
    """All that is printed on an invoice but its number and date. Amounts are minor units of `currency`."""

    order_number: int
    reference: str
    currency: str
    lines: list[OrderLine]
    shipping: int
    tax: int
    total: int
    country: str
    by_rate: list[AtRate]
    treatment: Treatment = "standard"
    buyer: Buyer | None = None


class CreditDocument(msgspec.Struct, kw_only=True, omit_defaults=True):
    """All that is printed on a credit note but its number, date and sums. Prices of `lines` are the invoice's."""

    by_rate: list[AtRate]
    lines: list[OrderLine] = []


class Credit(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Something to credit. No amount: all that is left. `refund_id` makes it once only."""

    cause: Cause
    amount: int | None = None
    refund_id: str | None = None
    lines: list[Pieces] = []


@dataclass(slots=True)
class Note:
    """A credit note to be written; its number is drawn by the flush."""

    credit: Credit
    nth: int
    amount: int
    tax: int
    credited: int
    document: CreditDocument


@dataclass(slots=True)
class Issued:
    """An issued invoice and what has been credited of it so far. `number` is empty until the flush has drawn it."""

    document: Document
    number: str = ""
    credited: int = 0
    by_rate: dict[int, AtRate] = field(default_factory=dict)
    notes: int = 0
    refunds: set[str] = field(default_factory=set)

    def add(self, by_rate: Sequence[AtRate], refund_id: str | None) -> None:
        """Count a credit note."""
        self.notes += 1
        if refund_id is not None:
            self.refunds.add(refund_id)
        for entry in by_rate:
            before = self.by_rate.get(entry.rate_bp, AtRate(entry.rate_bp, 0, 0))
            self.by_rate[entry.rate_bp] = AtRate(entry.rate_bp, before.net + entry.net, before.tax + entry.tax)
            self.credited += entry.gross

    def credit(self, credit: Credit) -> Note | None:
        """A credit note, never for more than what is left; None when nothing is, or the refund has had its own."""
        left = self.document.total - self.credited
        amount = left if credit.amount is None else min(credit.amount, left)
        if amount <= 0 or credit.refund_id in self.refunds:
            return None
        weights, lines = _named_pieces(self.document.lines, credit.lines)
        by_rate = spread_credit(self.document.by_rate, self.by_rate, amount, weights)
        self.add(by_rate, credit.refund_id)
        tax = sum(entry.tax for entry in by_rate)
        document = CreditDocument(by_rate=by_rate, lines=lines)
        return Note(credit, self.notes, amount, tax, self.credited, document)


@dataclass(slots=True)
class Paper:
    """What billing holds about one order: nothing yet (no id), a draft, a void draft, or an issued invoice."""

    order_id: str
    id: str | None = None
    void: bool = False
    is_issued: bool = False
    issued: Issued | None = None
    waiting: list[Credit] = field(default_factory=list)

    def wait(self, credit: Credit) -> None:
        """Keep a credit until the invoice is issued."""
        if credit.refund_id is None or all(credit.refund_id != other.refund_id for other in self.waiting):
            self.waiting.append(credit)


def document_of(order: OrderCreated | OrderConfirmed, rates: TaxRates, seller_country: str) -> Document:
    """What the invoice of an order says: what ordering charged, whatever rates hold by now."""
    return Document(
        order_number=order.number,
        reference=order.reference,
        currency=order.currency,
        lines=order.lines,
        shipping=order.shipping,
        tax=order.tax,
        total=order.total,
        country=order.country,
        by_rate=_by_rate(order),
        treatment="standard" if order.tax else _untaxed(order, rates, seller_country),
        buyer=order.personal,
    )


def _by_rate(order: OrderCreated | OrderConfirmed) -> list[AtRate]:
    lines, total, tax = order.lines, order.total, order.tax
    rates = {line.rate_bp for line in lines}
    if len(rates) < 2:
        return [AtRate(rates.pop() if rates else 0, total - tax, tax)]
    taxed = tax_of([TaxableLine(line.gross, line.rate_bp) for line in lines], order.shipping)
    by_rate = [AtRate(*entry) for entry in taxed.by_rate]
    difference = tax - taxed.tax
    if difference:  # charged otherwise than we would: the invoice says what was charged
        largest = max(range(len(by_rate)), key=lambda position: by_rate[position].tax)
        rate_bp, net, at_rate = by_rate[largest]
        by_rate[largest] = AtRate(rate_bp, net - difference, at_rate + difference)
    return by_rate


def _untaxed(order: OrderCreated | OrderConfirmed, rates: TaxRates, seller_country: str) -> Treatment:
    if order.country not in rates:
        return "export"
    buyer = order.personal
    if buyer is not None:
        party = buyer.billing_address or buyer.shipping_address
        if is_reverse_charge(rates, seller_country, order.country, party.company, party.vat_id):
            return "reverse_charge"
    return "standard"


def _named_pieces(lines: Sequence[OrderLine], pieces: Sequence[Pieces]) -> tuple[dict[int, int], list[OrderLine]]:
    """The value of the named pieces by rate, and the invoice's lines cut down to them."""
    weights: dict[int, int] = {}
    named = []
    wanted: dict[str, int] = {}
    for piece in pieces:
        wanted[piece.sku] = wanted.get(piece.sku, 0) + piece.quantity
    for line in lines:
        quantity = min(wanted.get(line.sku, 0), line.quantity)
        if quantity <= 0:
            continue
        wanted[line.sku] -= quantity
        gross = line.gross * quantity // line.quantity
        tax = line.tax * quantity // line.quantity
        weights[line.rate_bp] = weights.get(line.rate_bp, 0) + gross
        named.append(msgspec.structs.replace(line, quantity=quantity, gross=gross, tax=tax, net=gross - tax))
    return weights, named
