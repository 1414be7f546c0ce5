"""Whom an order is for, where a dialect's request has no address for messages: an account has."""

from typing import Any

from comanda.contexts.ordering.dialects.calls import DialectCall
from comanda.contexts.profiling.contract.client import ProfilingClient
from comanda.contexts.profiling.contract.views import CustomerView
from comanda.kernel.errors import Forbidden


async def with_account(call: DialectCall, customer_id: str | None, order: dict[str, Any]) -> dict[str, Any]:
    """The body of an order with the e-mail, the language and, unless one was given, the name of the customer's account.

    It stays as it is for nobody, and for somebody whom another system knows.
    """
    customer = await _known(call, customer_id) if customer_id else None
    if customer is None:
        return order
    address = order["shipping_address"]
    recipient = address.get("recipient") or customer.name
    return order | {
        "email": customer.email,
        "language": customer.language,
        "shipping_address": address | {"recipient": recipient},
    }


async def _known(call: DialectCall, customer_id: str) -> CustomerView | None:
    """The customer's account, if there is one that the caller may see."""
    try:
        return await ProfilingClient(call.outbound("profiling")).customer(customer_id)
    except Forbidden:
        return None
