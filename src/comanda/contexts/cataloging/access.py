"""Who may call which route of cataloging."""

from comanda.kernel.permissions import CATALOG_WRITE
from comanda.platform.http.access import ANYONE, SERVICE, AccessTable, staff

ACCESS: AccessTable = {
    "GET /products": ANYONE,
    "POST /products": staff(CATALOG_WRITE),
    "POST /products/import": staff(CATALOG_WRITE),
    "POST /products/lookup": SERVICE,
    "GET /products/{sku}": ANYONE,
    "PUT /products/{sku}": staff(CATALOG_WRITE),
    "PATCH /products/{sku}": staff(CATALOG_WRITE),
    "DELETE /products/{sku}": staff(CATALOG_WRITE),
    "GET /product-facets": ANYONE,
    "GET /categories": ANYONE,
    "POST /categories": staff(CATALOG_WRITE),
    "GET /categories/{slug}": ANYONE,
    "PATCH /categories/{slug}": staff(CATALOG_WRITE),
    "DELETE /categories/{slug}": staff(CATALOG_WRITE),
}
