"""What carting publishes. The subject is the cart's id."""

from comanda.kernel.event import Event


class CartCheckedOut(Event, version=1, subject="cart_id"):
    """An order was made from the cart: it is closed."""

    cart_id: str
    order_id: str
    customer_id: str | None


class CartAbandoned(Event, version=1, subject="cart_id"):
    """Nothing happened to an open cart for longer than the setting allows."""

    cart_id: str
    customer_id: str | None
