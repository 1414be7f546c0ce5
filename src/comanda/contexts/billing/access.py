"""Who may call which route of billing."""

from comanda.kernel.permissions import INVOICES_READ
from comanda.platform.http.access import ANYONE, SIGNED_IN_OWNER, AccessTable

ACCESS: AccessTable = {
    "GET /tax-rates": ANYONE,
    "POST /tax-quotes": ANYONE,
    "GET /invoices": SIGNED_IN_OWNER.and_staff(INVOICES_READ),
    "GET /invoices/{number}": SIGNED_IN_OWNER.and_staff(INVOICES_READ),
    "GET /credit-notes": SIGNED_IN_OWNER.and_staff(INVOICES_READ),
    "GET /credit-notes/{number}": SIGNED_IN_OWNER.and_staff(INVOICES_READ),
}
