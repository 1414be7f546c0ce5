"""Who may call ordering's routes."""

from comanda.platform.http.access import ANYONE, OWNER, AccessTable

ACCESS: AccessTable = {
    "POST /orders": ANYONE,
    "GET /orders/{order_id}": OWNER,
}
