"""Who may call the routes of `commandes`: staff and services; its first page is everybody's."""

from comanda.kernel.permissions import ORDERS_READ, ORDERS_WRITE
from comanda.platform.http.access import ANYONE, AccessTable, staff

ACCESS: AccessTable = {
    "GET /": ANYONE,
    "GET /stats": staff(ORDERS_READ),
    "GET /commandes": staff(ORDERS_READ),
    "POST /commandes": staff(ORDERS_WRITE),
    "GET /commandes/order/{order_id:path}": staff(ORDERS_READ),
    "GET /commandes/customer/{customer_id:path}": staff(ORDERS_READ),
    "GET /commandes/status/{status}": staff(ORDERS_READ),
    "GET /commandes/{id}": staff(ORDERS_READ),
    "PUT /commandes/{id}": staff(ORDERS_WRITE),
    "DELETE /commandes/{id}": staff(ORDERS_WRITE),
    "PUT /commandes/{id}/status": staff(ORDERS_WRITE),
}
