"""Who may call which route of profiling."""

from comanda.kernel.permissions import CUSTOMERS_READ, CUSTOMERS_WRITE
from comanda.platform.http.access import (
    ADMIN,
    ANYONE,
    CUSTOMER,
    SESSION,
    SIGNED_IN,
    SIGNED_IN_OWNER,
    AccessTable,
    staff,
)

ACCESS: AccessTable = {
    "GET /.well-known/jwks.json": ANYONE,
    "GET /signing-keys": ADMIN,
    "POST /signing-keys": ADMIN,
    "POST /sessions": ANYONE,
    "POST /sessions/refresh": ANYONE,
    "DELETE /sessions/current": SIGNED_IN,
    "GET /sessions": SESSION,
    "DELETE /sessions": SESSION,
    "DELETE /sessions/{session_id}": SESSION,
    "POST /password-resets": ANYONE,
    "POST /password-resets/confirm": ANYONE,
    "POST /email-changes/confirm": ANYONE,
    "POST /customers": ANYONE,
    "GET /customers": staff(CUSTOMERS_READ),
    "GET /customers/me": CUSTOMER,
    "PATCH /customers/me": CUSTOMER,
    "PUT /customers/me/password": CUSTOMER,
    "POST /customers/me/email-changes": CUSTOMER,
    "DELETE /customers/{customer_id}/sessions": staff(CUSTOMERS_WRITE),
    "GET /customers/{customer_id}": SIGNED_IN_OWNER.and_staff(CUSTOMERS_READ),
    "PUT /customers/{customer_id}/status": staff(CUSTOMERS_WRITE),
    "GET /customers/{customer_id}/addresses": SIGNED_IN_OWNER.and_staff(CUSTOMERS_READ),
    "POST /customers/{customer_id}/addresses": SIGNED_IN_OWNER.and_staff(CUSTOMERS_WRITE),
    "GET /customers/{customer_id}/addresses/{address_id}": SIGNED_IN_OWNER.and_staff(CUSTOMERS_READ),
    "PUT /customers/{customer_id}/addresses/{address_id}": SIGNED_IN_OWNER.and_staff(CUSTOMERS_WRITE),
    "DELETE /customers/{customer_id}/addresses/{address_id}": SIGNED_IN_OWNER.and_staff(CUSTOMERS_WRITE),
}
