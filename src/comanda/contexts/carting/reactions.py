"""What carting does about what happens elsewhere."""

from collections.abc import Iterator

from comanda.contexts.carting.closing import Closing
from comanda.contexts.carting.contract.events import CartCheckedOut
from comanda.contexts.ordering.contract.events import OrderCreated, OrderFailed
from comanda.contexts.ordering.contract.stages import CART, is_foreign
from comanda.contexts.profiling.contract.events import CustomerErased
from comanda.kernel.event import Event
from comanda.messaging.reactions import Reactions

reactions: Reactions[Closing] = Reactions()


@reactions.to(OrderCreated)
def close_cart(order: OrderCreated, closing: Closing) -> Iterator[Event]:
    """The cart that an order was made from is closed, unless the order is known to have failed."""
    if is_foreign(order, CART):
        return
    if order.cart_id is not None and closing.make(order.order_id, order.cart_id):
        yield CartCheckedOut(cart_id=order.cart_id, order_id=order.order_id, customer_id=order.customer_id)


@reactions.to(OrderFailed)
def open_again(order: OrderFailed, closing: Closing) -> None:
    """The cart opens again, if every order made from it has failed and its customer has no other open one."""
    closing.fail(order.order_id)


@reactions.to(CustomerErased)
def forget(customer: CustomerErased, closing: Closing) -> None:
    """The customer's carts are nobody's any more, and they get no new one."""
    closing.erased.append(customer.customer_id)
