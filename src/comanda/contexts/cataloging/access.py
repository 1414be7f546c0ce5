"""Who may call which route of cataloging."""

from comanda.platform.http.access import ANYONE, SERVICE, AccessTable, staff

CATALOG = "catalog"

ACCESS: AccessTable = {
    "GET /products": ANYONE,
    "POST /products": staff(CATALOG),
    "POST /products/import": staff(CATALOG),
    "POST /products/lookup": SERVICE,
    "GET /products/{sku}": ANYONE,
    "PUT /products/{sku}": staff(CATALOG),
    "PATCH /products/{sku}": staff(CATALOG),
    "DELETE /products/{sku}": staff(CATALOG),
    "GET /product-facets": ANYONE,
    "GET /categories": ANYONE,
    "POST /categories": staff(CATALOG),
    "GET /categories/{slug}": ANYONE,
    "PATCH /categories/{slug}": staff(CATALOG),
    "DELETE /categories/{slug}": staff(CATALOG),
}
