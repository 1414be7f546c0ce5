"""A new pedido becomes an order of ordering's."""

from comanda.contexts.ordering.contract.views import OrderView
from comanda.contexts.ordering.dialects.calls import DialectCall
from comanda.contexts.ordering.dialects.pedidos.requests import PedidoBody
from comanda.contexts.profiling.contract.client import ProfilingClient
from comanda.contexts.profiling.contract.views import CustomerView
from comanda.kernel.errors import Forbidden


async def place(call: DialectCall, body: PedidoBody) -> OrderView:
    """Place the order, once for each Idempotency-Key. Raises Invalid, Conflict, Forbidden for another's order.

    A pedido has no address for the notices that the seed promises, and no recipient: an account has.
    """
    order = body.order()
    customer_id = body.customer
    if customer_id is None and call.principal.role == "customer":
        customer_id = call.principal.id
    customer = await _known(call, customer_id) if customer_id else None
    if customer is not None:
        order |= {"email": customer.email, "language": customer.language}
        order["shipping_address"] |= {"recipient": customer.name}
    return await call.ordering.place(order, key=call.key)


async def _known(call: DialectCall, customer_id: str) -> CustomerView | None:
    """The customer's account, if there is one that the caller may see."""
    try:
        return await ProfilingClient(call.outbound("profiling")).customer(customer_id)
    except Forbidden:
        return None
