"""Who may call what of notifying."""

from comanda.platform.http.access import SIGNED_IN_OWNER, AccessTable, staff

NOTIFICATIONS = "notifications"
TEMPLATES = "templates"

ACCESS: AccessTable = {
    "GET /notifications": staff(),
    "POST /notifications": staff(NOTIFICATIONS),
    "GET /notifications/{notification_id}": staff(),
    "POST /notifications/{notification_id}/resend": staff(NOTIFICATIONS),
    "GET /mailbox": staff(),
    "GET /mailbox/{notification_id}": staff(),
    "GET /preferences/{customer}": SIGNED_IN_OWNER,
    "PUT /preferences/{customer}": SIGNED_IN_OWNER,
    "GET /templates": staff(),
    "POST /templates": staff(TEMPLATES),
    "GET /templates/{name}/{channel}/{language}": staff(),
    "PUT /templates/{name}/{channel}/{language}": staff(TEMPLATES),
    "DELETE /templates/{name}/{channel}/{language}": staff(TEMPLATES),
    "GET /templates/{name}/{channel}/{language}/versions": staff(),
    "POST /templates/{name}/{channel}/{language}/preview": staff(),
}
