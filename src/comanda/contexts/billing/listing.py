"""What billing shows: invoices and credit notes, newest first, to their customers and to staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from comanda.contexts.billing.contract.views import (
    CreditedPiecesView,
    CreditNoteView,
    InvoiceLineView,
    InvoiceView,
    PartyView,
    TaxByRateView,
)
from comanda.contexts.billing.credit import AtRate
from comanda.contexts.billing.numbering import PaperNumber
from comanda.contexts.billing.paper import Document
from comanda.contexts.billing.store import decode_credit_document, decode_document
from comanda.kernel.money import Money
from comanda.messaging.log import Connection

_INVOICE = """
    select d.id, d.order_id, d.customer_id, d.void, d.created_at, coalesce(i.document, d.document) as document,
        i.series, i.year, i.serial, i.issued_at, coalesce(n.credited, 0) as credited,
        coalesce(n.numbers, '{}') as numbers
    from drafts d
    left join invoices i on i.order_id = d.order_id
    left join lateral (
        select max(credited) as credited,
            array_agg(format('%s-%s-%s', series, year, lpad(serial::text, greatest(6, length(serial::text)), '0'))
                order by nth) as numbers
        from credit_notes
        where order_id = d.order_id
    ) n on true
"""

_PAGE_OF_INVOICES = """
    and ($2::text is null or d.customer_id = $2)
    and ($3::timestamptz is null or coalesce(i.issued_at, d.created_at) >= $3)
    and ($4::timestamptz is null or coalesce(i.issued_at, d.created_at) < $4)
    and (
        $5::text is null
        or $5 = case
            when d.void then 'void'
            when i.order_id is null then 'draft'
            when i.total > 0 and n.credited = i.total then 'credited'
            else 'issued'
        end
    )
    order by d.id desc
    limit $6
"""

# A statement for each way to look, so that each keeps to its index however often it is prepared.
_INVOICES = _INVOICE + "where d.id < $1" + _PAGE_OF_INVOICES
_VOID_INVOICES = _INVOICE + "where d.id < $1 and d.void" + _PAGE_OF_INVOICES
_INVOICES_OF_CUSTOMER = _INVOICE + "where d.id < $1 and d.customer_id = $2" + _PAGE_OF_INVOICES
_INVOICES_OF_ORDER = _INVOICE + "where d.id < $1 and d.order_id = $7" + _PAGE_OF_INVOICES

_INVOICE_BY_NUMBER = (
    _INVOICE
    + """
    where i.series = $1
    and i.year = $2
    and i.serial = $3
    and ($4::text is null or d.customer_id = $4)
"""
)

_INVOICE_BY_ID = (
    _INVOICE
    + """
    where d.id = $1
    and ($2::text is null or d.customer_id = $2)
"""
)

_CREDIT_NOTE = """
    select n.id, n.order_id, d.customer_id, n.series, n.year, n.serial, n.cause, n.refund_id, n.currency, n.amount,
        n.tax, n.document, n.issued_at, i.series as invoice_series, i.year as invoice_year, i.serial as invoice_serial
    from credit_notes n
    join drafts d on d.order_id = n.order_id
    join invoices i on i.order_id = n.order_id
"""

_PAGE_OF_CREDIT_NOTES = """
    and ($2::text is null or d.customer_id = $2)
    and ($3::timestamptz is null or n.issued_at >= $3)
    and ($4::timestamptz is null or n.issued_at < $4)
    order by n.id desc
    limit $5
"""

_CREDIT_NOTES = _CREDIT_NOTE + "where n.id < $1" + _PAGE_OF_CREDIT_NOTES
_CREDIT_NOTES_OF_CUSTOMER = _CREDIT_NOTE + "where n.id < $1 and d.customer_id = $2" + _PAGE_OF_CREDIT_NOTES
_CREDIT_NOTES_OF_ORDER = _CREDIT_NOTE + "where n.id < $1 and n.order_id = $6" + _PAGE_OF_CREDIT_NOTES

_CREDIT_NOTE_BY_NUMBER = (
    _CREDIT_NOTE
    + """
    where n.series = $1
    and n.year = $2
    and n.serial = $3
    and ($4::text is null or d.customer_id = $4)
"""
)


NEWEST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
"""Where a list begins: before every id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which papers to list. `customer` also holds what the caller may see; `since` and `until` are dates of issue."""

    order_id: str | None = None
    customer: str | None = None
    status: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: str = NEWEST
    limit: int = 50


async def invoices(connection: Connection, wanted: Filter) -> list[InvoiceView]:
    """Invoices and drafts, newest first, up to `limit` + 1."""
    page = (wanted.before, wanted.customer, wanted.since, wanted.until, wanted.status, wanted.limit + 1)
    if wanted.order_id is not None:
        rows = await connection.fetch(_INVOICES_OF_ORDER, *page, wanted.order_id)
    elif wanted.customer is not None:
        rows = await connection.fetch(_INVOICES_OF_CUSTOMER, *page)
    else:
        rows = await connection.fetch(_VOID_INVOICES if wanted.status == "void" else _INVOICES, *page)
    return [_invoice(row) for row in rows]


async def invoice_by_number(connection: Connection, number: PaperNumber, owner: str | None) -> InvoiceView | None:
    """An issued invoice; None when there is none, or it is not the owner's."""
    row = await connection.fetchrow(_INVOICE_BY_NUMBER, *number, owner)
    return _invoice(row) if row else None


async def invoice_by_id(connection: Connection, invoice_id: str, owner: str | None) -> InvoiceView | None:
    """An invoice or draft; None when there is none, or it is not the owner's."""
    row = await connection.fetchrow(_INVOICE_BY_ID, invoice_id, owner)
    return _invoice(row) if row else None


async def credit_notes(connection: Connection, wanted: Filter) -> list[CreditNoteView]:
    """Credit notes, newest first, up to `limit` + 1."""
    page = (wanted.before, wanted.customer, wanted.since, wanted.until, wanted.limit + 1)
    if wanted.order_id is not None:
        rows = await connection.fetch(_CREDIT_NOTES_OF_ORDER, *page, wanted.order_id)
    else:
        rows = await connection.fetch(_CREDIT_NOTES if wanted.customer is None else _CREDIT_NOTES_OF_CUSTOMER, *page)
    return [_credit_note(row) for row in rows]


async def credit_note_by_number(
    connection: Connection, number: PaperNumber, owner: str | None
) -> CreditNoteView | None:
    """A credit note; None when there is none, or it is not the owner's."""
    row = await connection.fetchrow(_CREDIT_NOTE_BY_NUMBER, *number, owner)
    return _credit_note(row) if row else None


def _invoice(row: asyncpg.Record) -> InvoiceView:
    document = decode_document(row["document"])
    currency, total, credited = document.currency, document.total, row["credited"]
    issued = row["serial"] is not None
    if row["void"]:
        status = "void"
    elif not issued:
        status = "draft"
    else:
        status = "credited" if 0 < total == credited else "issued"
    return InvoiceView.model_validate(
        {
            "id": row["id"],
            "order_id": row["order_id"],
            "order_number": document.order_number,
            "number": str(PaperNumber(row["series"], row["year"], row["serial"])) if issued else None,
            "status": status,
            "customer_id": row["customer_id"],
            "buyer": _buyer(document),
            "currency": currency,
            "treatment": document.treatment,
            "lines": [InvoiceLineView.model_validate(line, from_attributes=True) for line in document.lines],
            "shipping": document.shipping,
            "net": Money(total - document.tax, currency),
            "tax": Money(document.tax, currency),
            "total": Money(total, currency),
            "credited": Money(credited, currency),
            "by_rate": _by_rate(document.by_rate),
            "credit_notes": row["numbers"],
            "created_at": row["created_at"],
            "issued_at": row["issued_at"],
        }
    )


def _credit_note(row: asyncpg.Record) -> CreditNoteView:
    document = decode_credit_document(row["document"])
    currency = row["currency"]
    return CreditNoteView(
        id=row["id"],
        number=str(PaperNumber(row["series"], row["year"], row["serial"])),
        order_id=row["order_id"],
        invoice_number=str(PaperNumber(row["invoice_series"], row["invoice_year"], row["invoice_serial"])),
        customer_id=row["customer_id"],
        cause=row["cause"],
        refund_id=row["refund_id"],
        lines=[CreditedPiecesView(sku=line.sku, name=line.name, quantity=line.quantity) for line in document.lines],
        net=Money(row["amount"] - row["tax"], currency),
        tax=Money(row["tax"], currency),
        amount=Money(row["amount"], currency),
        by_rate=_by_rate(document.by_rate),
        issued_at=row["issued_at"],
    )


def _by_rate(entries: Sequence[AtRate]) -> list[TaxByRateView]:
    return [TaxByRateView(rate_bp=entry.rate_bp, net=entry.net, tax=entry.tax, gross=entry.gross) for entry in entries]


def _buyer(document: Document) -> PartyView | None:
    if document.buyer is None:
        return None
    address: dict[str, Any] = msgspec.structs.asdict(document.buyer.billing_address or document.buyer.shipping_address)
    return PartyView(email=document.buyer.email, **address)
