"""Who may call which route of carting."""

from comanda.kernel.permissions import ORDERS_READ, ORDERS_WRITE
from comanda.platform.http.access import OWNER, SERVICE, SIGNED_IN_OWNER, AccessTable

ACCESS: AccessTable = {
    "POST /carts": OWNER.and_staff(ORDERS_WRITE),
    "POST /carts/lookup": SERVICE,
    "GET /carts/{cart_id}": OWNER.and_staff(ORDERS_READ),
    "PUT /carts/{cart_id}/items/{sku}": OWNER.and_staff(ORDERS_WRITE),
    "DELETE /carts/{cart_id}/items/{sku}": OWNER.and_staff(ORDERS_WRITE),
    "POST /carts/{cart_id}/merge": SIGNED_IN_OWNER.and_staff(ORDERS_WRITE),
    "GET /cart/{customer_id:path}": SIGNED_IN_OWNER.and_staff(ORDERS_READ),
}
