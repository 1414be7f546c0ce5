"""A new pedido becomes an order of ordering's."""

from comanda.contexts.ordering.contract.views import OrderView
from comanda.contexts.ordering.dialects.buyers import with_account
from comanda.contexts.ordering.dialects.calls import DialectCall
from comanda.contexts.ordering.dialects.pedidos.requests import PedidoBody


async def place(call: DialectCall, body: PedidoBody) -> OrderView:
    """Place the order, once for each Idempotency-Key. Raises Invalid, Conflict, Forbidden for another's order.

    A pedido has no address for the notices that the seed promises, and no recipient: an account has.
    """
    customer_id = body.customer
    if customer_id is None and call.principal.role == "customer":
        customer_id = call.principal.id
    return await call.ordering.place(await with_account(call, customer_id, body.order()), key=call.key)
