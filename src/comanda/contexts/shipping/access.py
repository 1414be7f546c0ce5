"""Who may call which route of shipping."""

from comanda.kernel.permissions import CARRIERS_WRITE, SHIPMENTS_READ, SHIPMENTS_WRITE
from comanda.platform.http.access import ANYONE, SIGNED_IN_OWNER, AccessTable, staff

ACCESS: AccessTable = {
    "POST /rates": ANYONE,
    "GET /carriers": ANYONE,
    "GET /carriers/{code}": ANYONE,
    "POST /carriers": staff(CARRIERS_WRITE),
    "PUT /carriers/{code}": staff(CARRIERS_WRITE),
    "DELETE /carriers/{code}": staff(CARRIERS_WRITE),
    "GET /shipments": SIGNED_IN_OWNER.and_staff(SHIPMENTS_READ),
    "GET /shipments/{shipment_id}": SIGNED_IN_OWNER.and_staff(SHIPMENTS_READ),
    "GET /tracking/{number}": ANYONE,
    "POST /shipments": staff(SHIPMENTS_WRITE),
    "GET /shipments/{shipment_id}/label.zpl": staff(SHIPMENTS_WRITE),
    "POST /shipments/{shipment_id}/dispatch": staff(SHIPMENTS_WRITE),
    "POST /shipments/{shipment_id}/deliver": staff(SHIPMENTS_WRITE),
    "POST /shipments/{shipment_id}/return": staff(SHIPMENTS_WRITE),
    "POST /shipments/{shipment_id}/cancel": staff(SHIPMENTS_WRITE),
    "POST /shipments/{shipment_id}/fail": staff(SHIPMENTS_WRITE),
}
