"""Who may call which route of paying."""

from comanda.platform.http.access import ADMIN, ANYONE, SIGNED_IN_OWNER, AccessTable, staff

PAYMENTS = "payments"
REFUNDS = "refunds"

ACCESS: AccessTable = {
    "POST /payment-intents": staff(PAYMENTS),
    "GET /payment-intents": SIGNED_IN_OWNER,
    "GET /payment-intents/{intent_id}": SIGNED_IN_OWNER,
    "POST /payment-intents/{intent_id}/confirm": staff(PAYMENTS),
    "POST /payment-intents/{intent_id}/capture": staff(PAYMENTS),
    "POST /payment-intents/{intent_id}/cancel": staff(PAYMENTS),
    "POST /refunds": staff(REFUNDS),
    "GET /refunds": SIGNED_IN_OWNER,
    "GET /refunds/{refund_id}": SIGNED_IN_OWNER,
    "POST /refunds/{refund_id}/retry": staff(REFUNDS),
    "POST /refunds/{refund_id}/settle": staff(REFUNDS),
    "POST /comparisons": staff(PAYMENTS),
    "GET /webhooks/{provider}": ADMIN,
    "POST /webhooks/{provider}": ANYONE,
}
