"""Who may call which route of cataloging."""

from comanda.platform.http.access import SERVICE, AccessTable, staff

ACCESS: AccessTable = {
    "POST /products/import": staff("catalog"),
    "POST /products/lookup": SERVICE,
}
