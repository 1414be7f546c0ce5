"""Who may call which route of carting."""

from comanda.platform.http.access import OWNER, SERVICE, SIGNED_IN_OWNER, AccessTable

ACCESS: AccessTable = {
    "POST /carts": OWNER,
    "POST /carts/lookup": SERVICE,
    "GET /carts/{cart_id}": OWNER,
    "PUT /carts/{cart_id}/items/{sku}": OWNER,
    "DELETE /carts/{cart_id}/items/{sku}": OWNER,
    "POST /carts/{cart_id}/merge": SIGNED_IN_OWNER,
    "GET /cart/{customer_id:path}": SIGNED_IN_OWNER,
}
