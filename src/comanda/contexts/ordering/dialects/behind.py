"""Which routes of the services stand behind what dialects ask of them, for the errors that dialects pass on."""

from collections.abc import Callable, Mapping
from typing import Any

from comanda.contexts.carting.contract.client import CartingClient
from comanda.contexts.ordering import api, changing_api, reading_api
from comanda.contexts.ordering.contract.client import OrderingClient
from comanda.kernel.errors import ComandaError, NotFound
from comanda.platform.http.reach import reach_of

BEHIND: Mapping[Callable[..., Any], Callable[..., Any]] = {
    OrderingClient.quote: api.quote_order,
    OrderingClient.place: api.place_order,
    OrderingClient.orders: reading_api.list_orders,
    OrderingClient.glances: reading_api.list_orders,
    OrderingClient.order: reading_api.get_order,
    OrderingClient.order_numbered: reading_api.get_order,
    OrderingClient.order_referenced: reading_api.get_order,
    OrderingClient.status: reading_api.get_order_status,
    OrderingClient.timeline: reading_api.get_order_timeline,
    OrderingClient.follow: reading_api.follow_order,
    OrderingClient.statistics: reading_api.get_statistics,
    OrderingClient.currency: reading_api.get_currency,
    OrderingClient.cancel: changing_api.cancel,
    OrderingClient.put_status: changing_api.put_order_status,
    OrderingClient.record: changing_api.record,
    OrderingClient.change: changing_api.change_order,
    OrderingClient.delete: changing_api.delete_order,
}


class CartNotFound(NotFound):
    """There is no such cart."""

    code = "cart-not-found"


def passed_on(function: Callable[..., Any]) -> set[type[ComandaError]]:
    """The errors that the route behind a client's function answers."""
    if function is CartingClient.open_cart:
        return {CartNotFound}
    route = BEHIND.get(function)
    return set() if route is None else reach_of([route]).errors
