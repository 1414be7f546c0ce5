"""Who may call what of administering."""

from comanda.kernel.permissions import (
    AUDIT_READ,
    CATALOG_WRITE,
    SELLERS_READ,
    SELLERS_WRITE,
    SETTINGS_READ,
    SETTINGS_WRITE,
)
from comanda.platform.http.access import AccessTable, staff

ACCESS: AccessTable = {
    "GET /sellers": staff(SELLERS_READ),
    "POST /sellers": staff(SELLERS_WRITE),
    "GET /sellers/{seller_id}": staff(SELLERS_READ),
    "PATCH /sellers/{seller_id}": staff(SELLERS_WRITE),
    "DELETE /sellers/{seller_id}": staff(SELLERS_WRITE),
    "POST /sellers/{seller_id}/suspend": staff(SELLERS_WRITE),
    "POST /sellers/{seller_id}/reinstate": staff(SELLERS_WRITE),
    "POST /products": staff(CATALOG_WRITE),
    "GET /settings": staff(SETTINGS_READ),
    "GET /settings/{name}": staff(SETTINGS_READ),
    "PUT /settings/{name}": staff(SETTINGS_WRITE),
    "DELETE /settings/{name}": staff(SETTINGS_WRITE),
    "GET /audit-log": staff(AUDIT_READ),
}
