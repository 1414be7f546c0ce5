"""Billing: draft and issued invoices, credit notes, gapless numbers, VAT rates. Port 9007.

Publishes InvoiceDrafted, InvoiceIssued, InvoiceVoided, CreditNoteIssued. Reacts to OrderCreated (draft),
OrderConfirmed (issue), OrderCanceled and OrderFailed (undo), PaymentRefunded and PaymentVoided (credit).
"""
