"""A new pedido becomes an order of ordering's."""

from typing import Any

from comanda.contexts.ordering.contract.views import OrderView
from comanda.contexts.ordering.dialects.calls import DialectCall
from comanda.contexts.ordering.dialects.pedidos.requests import PedidoBody
from comanda.contexts.profiling.contract.client import ProfilingClient
from comanda.contexts.profiling.contract.views import CustomerView
from comanda.kernel.errors import Forbidden


async def place(call: DialectCall, body: PedidoBody) -> OrderView:
    """Place the order, once for each Idempotency-Key. Raises Invalid, Conflict, Forbidden for another's order."""
    customer_id = body.customer
    if customer_id is None and call.principal.role == "customer":
        customer_id = call.principal.id
    customer = await _known(call, customer_id) if customer_id else None
    return await call.ordering.place(body.order() | _contact(customer), key=call.key)


async def _known(call: DialectCall, customer_id: str) -> CustomerView | None:
    """The customer's account, if there is one that the caller may see."""
    try:
        return await ProfilingClient(call.outbound("profiling")).customer(customer_id)
    except Forbidden:
        return None


def _contact(customer: CustomerView | None) -> dict[str, Any]:
    """Where the seed's "O cliente recebe notificações" goes: a pedido has no address for it, an account has."""
    return {} if customer is None else {"email": customer.email, "language": customer.language}
