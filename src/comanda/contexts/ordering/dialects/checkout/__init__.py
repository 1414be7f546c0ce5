"""The dialect `checkout`: from a user's cart to a tracked order, keys in camelCase. Port 8085."""

from comanda.contexts.ordering.dialects.dialect import Dialect, Surface

_DESCRIPTION = """The Order Service is responsible for managing the checkout process, placing orders, tracking order
status, and handling order cancellations and updates. It interacts with the Cart Service to retrieve cart details and
supports user-specific order history and order tracking.

An order is `placed`, then `processing`, `shipped` and `delivered`; or it is `cancelled`, before it is shipped. Amounts
are in minor units, VAT included."""


def _surface() -> Surface:
    from comanda.contexts.ordering.dialects.checkout.api import ACCESS, router

    return Surface((router,), ACCESS)


dialect = Dialect(
    name="checkout",
    title="Order Service",
    port=8085,
    description=_DESCRIPTION,
    surface=_surface,
)
