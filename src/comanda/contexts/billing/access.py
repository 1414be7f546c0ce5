"""Who may call which route of billing."""

from comanda.platform.http.access import ANYONE, SIGNED_IN_OWNER, AccessTable

ACCESS: AccessTable = {
    "GET /tax-rates": ANYONE,
    "POST /tax-quotes": ANYONE,
    "GET /invoices": SIGNED_IN_OWNER,
    "GET /invoices/{number}": SIGNED_IN_OWNER,
    "GET /credit-notes": SIGNED_IN_OWNER,
    "GET /credit-notes/{number}": SIGNED_IN_OWNER,
}
