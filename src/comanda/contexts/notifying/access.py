"""Who may call what of notifying."""

from comanda.kernel.permissions import (
    CUSTOMERS_READ,
    CUSTOMERS_WRITE,
    MAILBOX_READ,
    NOTIFICATIONS_READ,
    NOTIFICATIONS_WRITE,
    TEMPLATES_READ,
    TEMPLATES_WRITE,
)
from comanda.platform.http.access import SIGNED_IN_OWNER, AccessTable, staff

ACCESS: AccessTable = {
    "GET /notifications": staff(NOTIFICATIONS_READ),
    "POST /notifications": staff(NOTIFICATIONS_WRITE),
    "GET /notifications/{notification_id}": staff(NOTIFICATIONS_READ),
    "POST /notifications/{notification_id}/resend": staff(NOTIFICATIONS_WRITE),
    "GET /mailbox": staff(MAILBOX_READ),
    "GET /mailbox/{notification_id}": staff(MAILBOX_READ),
    "GET /preferences/{customer}": SIGNED_IN_OWNER.and_staff(CUSTOMERS_READ),
    "PUT /preferences/{customer}": SIGNED_IN_OWNER.and_staff(CUSTOMERS_WRITE),
    "GET /templates": staff(TEMPLATES_READ),
    "POST /templates": staff(TEMPLATES_WRITE),
    "GET /templates/{name}/{channel}/{language}": staff(TEMPLATES_READ),
    "PUT /templates/{name}/{channel}/{language}": staff(TEMPLATES_WRITE),
    "DELETE /templates/{name}/{channel}/{language}": staff(TEMPLATES_WRITE),
    "GET /templates/{name}/{channel}/{language}/versions": staff(TEMPLATES_READ),
    "POST /templates/{name}/{channel}/{language}/preview": staff(TEMPLATES_READ),
}
