"""Who may call what of administering."""

from comanda.platform.http.access import AccessTable, staff

SELLERS = "sellers"
SETTINGS = "settings"
CATALOGUE = "catalogue"
AUDIT = "audit"

ACCESS: AccessTable = {
    "GET /sellers": staff(),
    "POST /sellers": staff(SELLERS),
    "GET /sellers/{seller_id}": staff(),
    "PATCH /sellers/{seller_id}": staff(SELLERS),
    "DELETE /sellers/{seller_id}": staff(SELLERS),
    "POST /sellers/{seller_id}/suspend": staff(SELLERS),
    "POST /sellers/{seller_id}/reinstate": staff(SELLERS),
    "POST /products": staff(CATALOGUE),
    "GET /settings": staff(),
    "GET /settings/{name}": staff(),
    "PUT /settings/{name}": staff(SETTINGS),
    "DELETE /settings/{name}": staff(SETTINGS),
    "GET /audit-log": staff(AUDIT),
}
