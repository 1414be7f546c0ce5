"""Who may call which route of carting."""

from comanda.platform.http.access import OWNER, SERVICE, AccessTable

ACCESS: AccessTable = {
    "POST /carts": OWNER,
    "POST /carts/lookup": SERVICE,
    "GET /carts/{cart_id}": OWNER,
}
