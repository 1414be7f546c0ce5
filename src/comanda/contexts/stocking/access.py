"""Who may call which route of stocking."""

from comanda.kernel.permissions import STOCK_READ, STOCK_WRITE
from comanda.platform.http.access import ANYONE, AccessTable, staff

ACCESS: AccessTable = {
    "GET /stock": staff(STOCK_READ),
    "GET /stock/{sku}": ANYONE,
    "PATCH /stock/{sku}": staff(STOCK_WRITE),
    "POST /stock/adjustments": staff(STOCK_WRITE),
    "POST /stock/{sku}/adjustments": staff(STOCK_WRITE),
    "GET /stock/{sku}/movements": staff(STOCK_READ),
    "POST /reservations": staff(STOCK_WRITE),
    "GET /reservations": staff(STOCK_READ),
    "GET /reservations/{reservation_id}": staff(STOCK_READ),
    "DELETE /reservations/{reservation_id}": staff(STOCK_WRITE),
    "GET /alerts": staff(STOCK_READ),
}
