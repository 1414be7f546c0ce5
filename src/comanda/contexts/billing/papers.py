"""The working set of billing's consumer: the papers of the orders that a batch of events is about.

The draft's row is what is locked for an order; issued invoices and credit notes are only ever inserted. The counters
of the numbers come last, so that nobody waits for them longer than for the commit.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from comanda.contexts.billing import store
from comanda.contexts.billing.contract.events import CreditNoteIssued, InvoiceIssued
from comanda.contexts.billing.contract.vat import TaxRates
from comanda.contexts.billing.numbering import PaperNumber, fiscal_year
from comanda.contexts.billing.paper import Credit, Document, Issued, Note, Paper, document_of
from comanda.contexts.billing.rates import tax_rates
from comanda.contexts.ordering.contract.events import OrderCanceled, OrderConfirmed, OrderCreated, OrderFailed
from comanda.contexts.paying.contract.events import PaymentRefunded, PaymentVoided
from comanda.kernel.event import Event, fill
from comanda.kernel.ids import is_id, new_id
from comanda.messaging.reactions import Load
from comanda.messaging.recorded import Recorded
from comanda.messaging.service import Service
from comanda.messaging.settings import LiveSettings
from comanda.messaging.unit_of_work import UnitOfWork

_CREDITING = frozenset({OrderCanceled.TYPE, OrderFailed.TYPE, PaymentRefunded.TYPE, PaymentVoided.TYPE})
_ABOUT_ORDERS = _CREDITING | {OrderCreated.TYPE, OrderConfirmed.TYPE}


class Papers:
    """Papers by order. Reactions change them in memory; the flush writes each once."""

    cause: Recorded

    def __init__(self, loaded: dict[str, Paper], settings: LiveSettings, tax_rates: TaxRates) -> None:
        self._papers = loaded
        self._stored = frozenset(loaded)
        self._settings = settings
        self._tax_rates = tax_rates
        self._seller_country: str = settings["shop.country"]
        self._drafted: dict[str, store.NewDraft] = {}
        self._changed: dict[str, Paper] = {}
        self._issued: list[tuple[Paper, InvoiceIssued]] = []
        self._notes: list[tuple[Issued, Note, CreditNoteIssued]] = []
        self._erased: list[str] = []

    def of(self, order_id: str) -> Paper:
        """What there is about an order; an empty paper when there is nothing yet."""
        paper = self._papers.get(order_id)
        if paper is None:
            paper = self._papers[order_id] = Paper(order_id)
        return paper

    def draft(self, paper: Paper, order: OrderCreated | OrderConfirmed) -> None:
        """Prepare the invoice."""
        paper.id = new_id()
        self._drafted[paper.order_id] = store.NewDraft(paper.id, order.customer_id, self._document(order))

    def issue(self, paper: Paper, order: OrderConfirmed) -> InvoiceIssued:
        """Issue the invoice. The flush fills its number into the event."""
        event = InvoiceIssued(
            order_id=order.order_id,
            invoice_id=paper.id or "",
            number="",
            total=order.total,
            tax=order.tax,
            currency=order.currency,
        )
        paper.is_issued = True
        paper.issued = Issued(self._document(order))
        self._issued.append((paper, event))
        return event

    def void(self, paper: Paper) -> None:
        """There will be no invoice: what waited for it is dropped."""
        paper.void = True
        paper.waiting = []
        self._changed[paper.order_id] = paper

    def take_waiting(self, paper: Paper) -> list[Credit]:
        """The credits that waited for the invoice, which wait no longer."""
        waiting, paper.waiting = paper.waiting, []
        if waiting:
            self._changed[paper.order_id] = paper
        return waiting

    def credit(self, paper: Paper, credit: Credit) -> Iterator[Event]:
        """Credit an issued invoice, up to what is left of it; wait for one that is still to come."""
        if paper.issued is not None:
            note = paper.issued.credit(credit)
            if note is not None:
                event = _credit_note_issued(paper.order_id, paper.issued, note)
                self._notes.append((paper.issued, note, event))
                yield event
        elif not paper.void:
            paper.wait(credit)
            self._changed[paper.order_id] = paper

    def erase(self, customer_id: str) -> None:
        """Have a customer's data removed from the drafts."""
        self._erased.append(customer_id)

    async def flush(self, work: UnitOfWork) -> None:
        """Drafts, what changed about them, then the numbers and what bears them."""
        connection = work.connection
        if self._drafted:
            known = self._stored & self._drafted.keys()
            new = {key: draft for key, draft in self._drafted.items() if key not in known} if known else self._drafted
            await store.insert_drafts(work, new)
            await store.fill_marks(connection, {key: self._drafted[key] for key in sorted(known)})
        if self._changed:
            await store.insert_marks(connection, sorted(self._changed.keys() - self._stored - self._drafted.keys()))
            await store.update_drafts(connection, self._changed.values())
        if self._erased:
            await store.remember_erased(connection, self._erased)
        if self._issued or self._notes:
            await self._number(work)

    async def _number(self, work: UnitOfWork) -> None:
        """Draw the numbers, once for the batch, and give them in log order to the rows and to the events."""
        year = fiscal_year(work.now, self._settings["shop.timezone"], self._settings["billing.fiscal_year_month"])
        invoices = (self._settings["billing.invoice_series"], year)
        credit_notes = (self._settings["billing.credit_note_series"], year)
        wanted = Counter({invoices: len(self._issued)}) + Counter({credit_notes: len(self._notes)})
        drawn = await store.draw(work.connection, wanted)
        if self._issued:
            first = PaperNumber(*invoices, drawn[invoices])
            for serial, (paper, issued) in enumerate(self._issued, first.serial):
                number = str(first._replace(serial=serial))
                assert paper.issued is not None
                paper.issued.number = number
                fill(issued, number=number)
            await store.insert_invoices(work, first, [paper for paper, _ in self._issued])
        if self._notes:
            taken = len(self._issued) if credit_notes == invoices else 0
            first = PaperNumber(*credit_notes, drawn[credit_notes] + taken)
            for serial, (issued_invoice, _, event) in enumerate(self._notes, first.serial):
                fill(event, number=str(first._replace(serial=serial)), invoice_number=issued_invoice.number)
            await store.insert_credit_notes(work, first, [(note, event) for _, note, event in self._notes])

    def _document(self, order: OrderCreated | OrderConfirmed) -> Document:
        return document_of(order, self._tax_rates, self._seller_country)


def make_load(service: Service) -> Load:
    """How the batches of this service load their papers."""

    async def load(work: UnitOfWork, events: Sequence[Recorded]) -> Papers:
        order_ids = {recorded.subject for recorded in events if recorded.type in _ABOUT_ORDERS}
        papers = await store.lock(work.connection, sorted(filter(is_id, order_ids)))
        crediting = sorted({recorded.subject for recorded in events if recorded.type in _CREDITING} & papers.keys())
        if crediting:
            await store.load_issued(work.connection, crediting, papers)
        return Papers(papers, service.settings, tax_rates(tuple(service.settings["billing.tax_rates"])))

    return load


def _credit_note_issued(order_id: str, issued: Issued, note: Note) -> CreditNoteIssued:
    return CreditNoteIssued(
        order_id=order_id,
        credit_note_id=new_id(),
        number="",
        invoice_number=issued.number,
        amount=note.amount,
        tax=note.tax,
        credited=note.credited,
        invoice_total=issued.document.total,
        currency=issued.document.currency,
    )
