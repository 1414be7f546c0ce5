"""Who may call which route of paying."""

from comanda.platform.http.access import SIGNED_IN_OWNER, AccessTable

ACCESS: AccessTable = {
    "GET /payment-intents": SIGNED_IN_OWNER,
    "GET /payment-intents/{intent_id}": SIGNED_IN_OWNER,
}
