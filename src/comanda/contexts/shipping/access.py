"""Who may call which route of shipping."""

from comanda.platform.http.access import ANYONE, SIGNED_IN_OWNER, AccessTable, staff

MANAGE = "shipping.manage"
"""The permission to send, cancel and take back parcels, and to change carriers and rates."""

ACCESS: AccessTable = {
    "POST /rates": ANYONE,
    "GET /carriers": ANYONE,
    "GET /carriers/{code}": ANYONE,
    "POST /carriers": staff(MANAGE),
    "PUT /carriers/{code}": staff(MANAGE),
    "DELETE /carriers/{code}": staff(MANAGE),
    "GET /shipments": SIGNED_IN_OWNER,
    "GET /shipments/{shipment_id}": SIGNED_IN_OWNER,
    "GET /tracking/{number}": ANYONE,
    "POST /shipments": staff(MANAGE),
    "GET /shipments/{shipment_id}/label.zpl": staff(MANAGE),
    "POST /shipments/{shipment_id}/dispatch": staff(MANAGE),
    "POST /shipments/{shipment_id}/deliver": staff(MANAGE),
    "POST /shipments/{shipment_id}/return": staff(MANAGE),
    "POST /shipments/{shipment_id}/cancel": staff(MANAGE),
    "POST /shipments/{shipment_id}/fail": staff(MANAGE),
}
