"""What billing answers."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from comanda.kernel.money import Money

InvoiceStatus = Literal["draft", "issued", "credited", "void"]


class TaxRatesView(BaseModel):
    """VAT rates in basis points (1900 is 19 %), by country and tax category. Countries not listed are exports at 0.

    `seller_country`: where the shop sells from, empty when it is not set. `version`: the day of the published table.
    """

    version: str
    seller_country: str
    rates: dict[str, dict[str, int]]


class QuotedLineView(BaseModel):
    """A line with its VAT taken out."""

    tax_category: str
    rate_bp: int
    net: int
    tax: int
    gross: int


class TaxByRateView(BaseModel):
    """What is taxed at one rate, shipping included."""

    rate_bp: int
    net: int
    tax: int
    gross: int


class TaxQuoteView(BaseModel):
    """The VAT contained in prices, amounts in minor units of `currency`.

    `treatment`: standard (the destination's rates), export (0, outside the EU), reverse_charge (0, the buyer owes it).
    """

    country: str
    currency: str
    treatment: Literal["standard", "export", "reverse_charge"]
    lines: list[QuotedLineView]
    shipping: int
    shipping_tax: int
    net: int
    tax: int
    total: int
    by_rate: list[TaxByRateView]


class PartyView(BaseModel):
    """Who an invoice is for."""

    email: str
    recipient: str
    street: str
    city: str
    postal_code: str
    country: str
    number: str = ""
    line2: str = ""
    state: str = ""
    phone: str = ""
    company: str = ""
    vat_id: str = ""


class InvoiceLineView(BaseModel):
    """A line as printed, amounts in minor units, VAT included in `unit_price` and `gross`."""

    sku: str
    name: str
    quantity: int
    unit_price: int
    rate_bp: int
    net: int
    tax: int
    gross: int


class InvoiceView(BaseModel):
    """An invoice. A draft has no number and no issue date; `credited` is the sum of its credit notes."""

    id: str
    order_id: str
    order_number: int
    number: str | None
    status: InvoiceStatus
    customer_id: str | None
    buyer: PartyView | None
    currency: str
    treatment: Literal["standard", "export", "reverse_charge"]
    lines: list[InvoiceLineView]
    shipping: int
    net: Money
    tax: Money
    total: Money
    credited: Money
    by_rate: list[TaxByRateView]
    credit_notes: list[str]
    created_at: datetime
    issued_at: datetime | None


class CreditedPiecesView(BaseModel):
    """Pieces that a credit note names."""

    sku: str
    name: str
    quantity: int


class CreditNoteView(BaseModel):
    """A credit note: a part or all of an issued invoice is owed back.

    `cause` is undone (the order was canceled or failed), staff or return (a refund), or not_delivered (a parcel that
    was to be paid on delivery came back).
    """

    id: str
    number: str
    order_id: str
    invoice_number: str
    customer_id: str | None
    cause: Literal["undone", "staff", "return", "not_delivered"]
    refund_id: str | None
    lines: list[CreditedPiecesView]
    net: Money
    tax: Money
    amount: Money
    by_rate: list[TaxByRateView]
    issued_at: datetime
