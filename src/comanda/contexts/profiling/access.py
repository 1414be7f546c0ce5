"""Who may call which route of profiling."""

from comanda.platform.http.access import ANYONE, AccessTable

ACCESS: AccessTable = {
    "GET /.well-known/jwks.json": ANYONE,
}
