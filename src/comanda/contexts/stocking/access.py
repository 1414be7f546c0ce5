"""Who may call which route of stocking."""

from comanda.platform.http.access import ANYONE, AccessTable, staff

ACCESS: AccessTable = {
    "GET /stock": staff(),
    "GET /stock/{sku}": ANYONE,
    "PATCH /stock/{sku}": staff("stock"),
    "POST /stock/adjustments": staff("stock"),
    "POST /stock/{sku}/adjustments": staff("stock"),
    "GET /stock/{sku}/movements": staff(),
    "POST /reservations": staff("stock"),
    "GET /reservations": staff(),
    "GET /reservations/{reservation_id}": staff(),
    "DELETE /reservations/{reservation_id}": staff("stock"),
    "GET /alerts": staff(),
}
