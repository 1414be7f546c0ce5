"""Who may call ordering's routes."""

from comanda.kernel.permissions import ORDERS_READ, ORDERS_WRITE
from comanda.platform.http.access import ANYONE, OWNER, SIGNED_IN, SIGNED_IN_OWNER, AccessTable, staff

ACCESS: AccessTable = {
    "POST /checkout": ANYONE.and_staff(ORDERS_READ),
    "POST /orders": ANYONE.and_staff(ORDERS_WRITE),
    "GET /orders": SIGNED_IN_OWNER.and_staff(ORDERS_READ),
    "GET /orders/{order_id}": OWNER.and_staff(ORDERS_READ),
    "GET /orders/{order_id}/status": OWNER.and_staff(ORDERS_READ),
    "GET /orders/{order_id}/timeline": OWNER.and_staff(ORDERS_READ),
    "GET /orders/{order_id}/events": OWNER.and_staff(ORDERS_READ),
    "POST /orders/{order_id}/cancel": OWNER.and_staff(ORDERS_WRITE),
    "PUT /orders/{order_id}/status": staff(ORDERS_WRITE),
    "POST /orders/{order_id}/notes": staff(ORDERS_WRITE),
    "POST /orders/recorded": staff(ORDERS_WRITE),
    "PATCH /orders/{order_id}": staff(ORDERS_WRITE),
    "DELETE /orders/{order_id}": staff(ORDERS_WRITE),
    "POST /orders/import": staff(ORDERS_WRITE),
    "POST /returns": OWNER.and_staff(ORDERS_WRITE),
    "GET /returns": OWNER.and_staff(ORDERS_READ),
    "POST /returns/{return_id}/approve": staff(ORDERS_WRITE),
    "POST /returns/{return_id}/reject": staff(ORDERS_WRITE),
    "GET /stats": staff(ORDERS_READ),
    "GET /currency": SIGNED_IN,
    "GET /tasks": staff(ORDERS_READ),
    "POST /tasks/{task_id}/done": staff(ORDERS_WRITE),
    "POST /comparisons": staff(ORDERS_WRITE),
}
