"""What other services' events mean to billing."""

from collections.abc import Iterator

from comanda.contexts.billing.contract.events import InvoiceDrafted, InvoiceVoided
from comanda.contexts.billing.paper import Credit
from comanda.contexts.billing.papers import Papers
from comanda.contexts.ordering.contract.events import OrderCanceled, OrderConfirmed, OrderCreated, OrderFailed
from comanda.contexts.paying.contract.events import PaymentRefunded, PaymentVoided
from comanda.contexts.profiling.contract.events import CustomerErased
from comanda.kernel.event import Event
from comanda.kernel.ids import is_id
from comanda.messaging.reactions import Reactions

reactions: Reactions[Papers] = Reactions()


@reactions.to(OrderCreated)
def draft_invoice(order: OrderCreated, papers: Papers) -> Iterator[Event]:
    """The invoice is prepared, unless the order is over already."""
    paper = papers.of(order.order_id)
    if paper.id is None and not paper.void:
        papers.draft(paper, order)
        yield InvoiceDrafted(order_id=order.order_id, invoice_id=paper.id or "")


@reactions.to(OrderConfirmed)
def issue_invoice(order: OrderConfirmed, papers: Papers) -> Iterator[Event]:
    """The invoice gets its number, once; credits that waited for it follow at once."""
    paper = papers.of(order.order_id)
    if paper.void or paper.is_issued:
        return
    if paper.id is None:  # the order itself was parked and given up by an operator
        papers.draft(paper, order)
        yield InvoiceDrafted(order_id=order.order_id, invoice_id=paper.id or "")
    yield papers.issue(paper, order)
    for credit in papers.take_waiting(paper):
        yield from papers.credit(paper, credit)


@reactions.to(OrderCanceled, OrderFailed)
def undo(order: OrderCanceled | OrderFailed, papers: Papers) -> Iterator[Event]:
    """The draft is void, and whatever comes later finds it so; what remains of an issued invoice is credited."""
    paper = papers.of(order.order_id)
    if paper.is_issued:
        yield from papers.credit(paper, Credit(cause="undone"))
    elif not paper.void:
        papers.void(paper)
        if paper.id is not None:
            yield InvoiceVoided(order_id=order.order_id, invoice_id=paper.id)


@reactions.to(PaymentRefunded)
def credit_refund(refund: PaymentRefunded, papers: Papers) -> Iterator[Event]:
    """A refund by staff or for a return makes its own credit note; one that undoes an order makes none."""
    if refund.cause == "staff":
        credit = Credit(cause="staff", amount=refund.amount, refund_id=refund.refund_id, lines=refund.lines)
    elif refund.cause == "return":
        credit = Credit(cause="return", amount=refund.amount, refund_id=refund.refund_id, lines=refund.lines)
    else:
        return
    if is_id(refund.order_id):  # else the money was not for an order of ours
        yield from papers.credit(papers.of(refund.order_id), credit)


@reactions.to(PaymentVoided)
def credit_undelivered(payment: PaymentVoided, papers: Papers) -> Iterator[Event]:
    """A parcel to be paid on delivery came back: nothing is owed any more."""
    if payment.cause == "return" and is_id(payment.order_id):
        yield from papers.credit(papers.of(payment.order_id), Credit(cause="not_delivered"))


@reactions.to(CustomerErased)
def erase_customer(customer: CustomerErased, papers: Papers) -> None:
    """The customer's data leaves every draft. Issued invoices stay as they are: the law asks to keep them.

    (GDPR Art. 17(3)(b), VAT Directive Art. 244.)
    """
    papers.erase(customer.customer_id)
