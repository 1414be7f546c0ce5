"""Who may call ordering's routes."""

from comanda.platform.http.access import ANYONE, OWNER, SIGNED_IN_OWNER, AccessTable, staff

ORDERS = staff("orders")
"""Staff who may change orders."""

ACCESS: AccessTable = {
    "POST /checkout": ANYONE,
    "POST /orders": ANYONE,
    "GET /orders": SIGNED_IN_OWNER,
    "GET /orders/{order_id}": OWNER,
    "GET /orders/{order_id}/status": OWNER,
    "GET /orders/{order_id}/timeline": OWNER,
    "GET /orders/{order_id}/events": OWNER,
    "POST /orders/{order_id}/cancel": OWNER,
    "PUT /orders/{order_id}/status": ORDERS,
    "POST /orders/{order_id}/notes": ORDERS,
    "POST /orders/recorded": ORDERS,
    "PATCH /orders/{order_id}": ORDERS,
    "DELETE /orders/{order_id}": ORDERS,
    "POST /orders/import": ORDERS,
    "POST /returns": OWNER,
    "GET /returns": OWNER,
    "POST /returns/{return_id}/approve": ORDERS,
    "POST /returns/{return_id}/reject": ORDERS,
    "GET /stats": staff(),
    "GET /tasks": staff(),
    "POST /tasks/{task_id}/done": ORDERS,
    "POST /comparisons": staff(),
}
