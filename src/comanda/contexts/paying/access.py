"""Who may call which route of paying."""

from comanda.kernel.permissions import PAYMENTS_READ, PAYMENTS_REFUND, PAYMENTS_WRITE
from comanda.platform.http.access import ADMIN, ANYONE, SIGNED_IN_OWNER, AccessTable, staff

ACCESS: AccessTable = {
    "POST /payment-intents": staff(PAYMENTS_WRITE),
    "GET /payment-intents": SIGNED_IN_OWNER.and_staff(PAYMENTS_READ),
    "GET /payment-intents/{intent_id}": SIGNED_IN_OWNER.and_staff(PAYMENTS_READ),
    "POST /payment-intents/{intent_id}/confirm": staff(PAYMENTS_WRITE),
    "POST /payment-intents/{intent_id}/capture": staff(PAYMENTS_WRITE),
    "POST /payment-intents/{intent_id}/cancel": staff(PAYMENTS_WRITE),
    "POST /refunds": staff(PAYMENTS_REFUND),
    "GET /refunds": SIGNED_IN_OWNER.and_staff(PAYMENTS_READ),
    "GET /refunds/{refund_id}": SIGNED_IN_OWNER.and_staff(PAYMENTS_READ),
    "POST /refunds/{refund_id}/retry": staff(PAYMENTS_REFUND),
    "POST /refunds/{refund_id}/settle": staff(PAYMENTS_REFUND),
    "POST /comparisons": staff(PAYMENTS_WRITE),
    "GET /webhooks/{provider}": ADMIN,
    "POST /webhooks/{provider}": ANYONE,
}
