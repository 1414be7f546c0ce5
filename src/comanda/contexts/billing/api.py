"""Billing's routes."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints

from comanda.contexts.billing import listing
from comanda.contexts.billing.contract.views import CreditNoteView, InvoiceView, TaxQuoteView, TaxRatesView
from comanda.contexts.billing.numbering import parse_number
from comanda.contexts.billing.quote import quote
from comanda.contexts.billing.rates import tax_rates, version
from comanda.kernel.errors import Invalid, NotFound
from comanda.kernel.ids import is_id
from comanda.messaging.service import Call, CallDep
from comanda.platform.http.fields import (
    Amount,
    Body,
    CountryCode,
    CurrencyCode,
    Moment,
    OptionalLine,
    Printable,
    ShortText,
)
from comanda.platform.http.pages import Limit, Page, PageCursor, decode_cursor, page_of
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute)

TaxCategory = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]


class TaxableLineBody(Body):
    """A line to take the VAT out of: its price, VAT included, in minor units."""

    gross: Amount
    tax_category: TaxCategory = "standard"


class TaxQuoteBody(Body):
    """An order to be: where it goes, what it costs, and who buys, if that is a company with a VAT number."""

    country: CountryCode
    currency: CurrencyCode
    lines: Annotated[list[TaxableLineBody], Field(min_length=1, max_length=1_000)]
    shipping: Amount = 0
    company: OptionalLine = ""
    vat_id: Annotated[str, StringConstraints(max_length=30), Printable] = ""


OrderIdQuery = Annotated[ShortText | None, Query(description="Only those of this order.")]
CustomerQuery = Annotated[ShortText | None, Query(description="Only those of this customer (staff).")]
FromQuery = Annotated[Moment | None, Query(alias="from", description="Issued, or drafted, at this time or later.")]
ToQuery = Annotated[Moment | None, Query(alias="to", description="Issued, or drafted, before this time.")]


@router.get("/tax-rates")
async def get_tax_rates(call: CallDep) -> TaxRatesView:
    """The VAT rates of the EU, and what the shop has set over them."""
    settings = call.service.settings
    return TaxRatesView.model_validate(
        {
            "version": version(),
            "seller_country": settings["shop.country"],
            "rates": tax_rates(tuple(settings["billing.tax_rates"])),
        }
    )


@router.post("/tax-quotes")
async def quote_tax(body: TaxQuoteBody, call: CallDep) -> TaxQuoteView:
    """The VAT contained in prices."""
    settings = call.service.settings
    return quote(
        tax_rates(tuple(settings["billing.tax_rates"])),
        settings["shop.country"],
        country=body.country,
        currency=body.currency,
        lines=[(line.tax_category, line.gross) for line in body.lines],
        shipping=body.shipping,
        company=body.company,
        vat_id=body.vat_id,
    )


@router.get("/invoices")
async def list_invoices(
    call: CallDep,
    order_id: OrderIdQuery = None,
    status: Literal["draft", "issued", "credited", "void"] | None = None,
    customer_id: CustomerQuery = None,
    issued_from: FromQuery = None,
    issued_to: ToQuery = None,
    limit: Limit = 50,
    cursor: PageCursor = None,
) -> Page[InvoiceView]:
    """Invoices and drafts, newest first. Customers see their own."""
    wanted = _filter(call, order_id, customer_id, issued_from, issued_to, limit, cursor, status)
    if wanted is None:
        return Page(items=[])
    async with call.service.database.acquire() as connection:
        found = await listing.invoices(connection, wanted)
    return page_of(found, limit, lambda invoice: (invoice.id,))


@router.get("/invoices/{number}")
async def get_invoice(number: str, call: CallDep) -> InvoiceView:
    """An invoice by its number, or an invoice or draft by its id."""
    parsed, owner = parse_number(number), call.principal.owner
    found = None
    async with call.service.database.acquire() as connection:
        if is_id(number):
            found = await listing.invoice_by_id(connection, number, owner)
        elif parsed is not None:
            found = await listing.invoice_by_number(connection, parsed, owner)
    if found is None:
        raise NotFound("There is no such invoice.")
    return found


@router.get("/credit-notes")
async def list_credit_notes(
    call: CallDep,
    order_id: OrderIdQuery = None,
    customer_id: CustomerQuery = None,
    issued_from: FromQuery = None,
    issued_to: ToQuery = None,
    limit: Limit = 50,
    cursor: PageCursor = None,
) -> Page[CreditNoteView]:
    """Credit notes, newest first. Customers see their own."""
    wanted = _filter(call, order_id, customer_id, issued_from, issued_to, limit, cursor)
    if wanted is None:
        return Page(items=[])
    async with call.service.database.acquire() as connection:
        found = await listing.credit_notes(connection, wanted)
    return page_of(found, limit, lambda note: (note.id,))


@router.get("/credit-notes/{number}")
async def get_credit_note(number: str, call: CallDep) -> CreditNoteView:
    """A credit note by its number."""
    parsed = parse_number(number)
    found = None
    if parsed is not None:
        async with call.service.database.acquire() as connection:
            found = await listing.credit_note_by_number(connection, parsed, call.principal.owner)
    if found is None:
        raise NotFound("There is no such credit note.")
    return found


def _filter(
    call: Call,
    order_id: str | None,
    customer_id: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    cursor: str | None,
    status: str | None = None,
) -> listing.Filter | None:
    """The filter asked for, narrowed to what the caller may see; None when nothing can match."""
    owner = call.principal.owner
    if (order_id is not None and not is_id(order_id)) or (owner is not None and customer_id not in (None, owner)):
        return None
    before = str(decode_cursor(cursor, str)[0]) if cursor else listing.NEWEST
    if not is_id(before):
        raise Invalid("This cursor was not given by this list.")
    return listing.Filter(
        order_id=order_id,
        customer=customer_id if owner is None else owner,
        status=status,
        since=since,
        until=until,
        before=before,
        limit=limit,
    )
