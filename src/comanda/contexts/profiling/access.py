"""Who may call which route of profiling."""

from comanda.platform.http.access import ANYONE, CUSTOMER, SIGNED_IN, SIGNED_IN_OWNER, AccessTable, staff

ACCESS: AccessTable = {
    "GET /.well-known/jwks.json": ANYONE,
    "POST /sessions": ANYONE,
    "POST /sessions/refresh": ANYONE,
    "DELETE /sessions/current": SIGNED_IN,
    "POST /customers": ANYONE,
    "GET /customers": staff("customers"),
    "GET /customers/me": CUSTOMER,
    "PATCH /customers/me": CUSTOMER,
    "GET /customers/{customer_id}": SIGNED_IN_OWNER,
    "PUT /customers/{customer_id}/status": staff("customers"),
    "GET /customers/{customer_id}/addresses": SIGNED_IN_OWNER,
    "POST /customers/{customer_id}/addresses": SIGNED_IN_OWNER,
    "GET /customers/{customer_id}/addresses/{address_id}": SIGNED_IN_OWNER,
    "PUT /customers/{customer_id}/addresses/{address_id}": SIGNED_IN_OWNER,
    "DELETE /customers/{customer_id}/addresses/{address_id}": SIGNED_IN_OWNER,
}
