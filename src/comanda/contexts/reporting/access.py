"""Who may call what of reporting."""

from comanda.platform.http.access import AccessTable, staff

REPORTS = "reports"

ACCESS: AccessTable = {
    "GET /reports/sales": staff(REPORTS),
    "GET /reports/top-products": staff(REPORTS),
    "GET /reports/orders-by-status": staff(REPORTS),
    "GET /reports/funnel": staff(REPORTS),
    "POST /reports/rebuild": staff(REPORTS),
    "GET /reports/rebuild": staff(REPORTS),
}
