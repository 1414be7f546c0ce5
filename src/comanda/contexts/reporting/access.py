"""Who may call what of reporting."""

from comanda.kernel.permissions import REPORTS_READ, REPORTS_REBUILD
from comanda.platform.http.access import AccessTable, staff

ACCESS: AccessTable = {
    "GET /reports/sales": staff(REPORTS_READ),
    "GET /reports/top-products": staff(REPORTS_READ),
    "GET /reports/orders-by-status": staff(REPORTS_READ),
    "GET /reports/funnel": staff(REPORTS_READ),
    "POST /reports/rebuild": staff(REPORTS_REBUILD),
    "GET /reports/rebuild": staff(REPORTS_READ),
}
