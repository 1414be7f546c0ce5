"""What billing publishes. Every event has the order's id as its subject; amounts are minor units of `currency`."""

from comanda.kernel.event import Event


class InvoiceDrafted(Event, version=1):
    """The invoice is prepared and has no number yet."""

    order_id: str
    invoice_id: str


class InvoiceIssued(Event, version=1):
    """The invoice has its number and never changes again."""

    order_id: str
    invoice_id: str
    number: str
    total: int
    tax: int
    currency: str


class InvoiceVoided(Event, version=1):
    """The draft is wanted no more."""

    order_id: str
    invoice_id: str


class CreditNoteIssued(Event, version=1):
    """A part or all of an issued invoice is credited. `credited` is the sum of all its credit notes so far."""

    order_id: str
    credit_note_id: str
    number: str
    invoice_number: str
    amount: int
    tax: int
    credited: int
    invoice_total: int
    currency: str
