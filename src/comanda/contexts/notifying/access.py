"""Who may call what of notifying."""

from comanda.platform.http.access import AccessTable, staff

ACCESS: AccessTable = {
    "GET /notifications": staff(),
}
