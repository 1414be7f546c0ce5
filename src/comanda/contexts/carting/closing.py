"""Which orders were made from which carts: the working set of carting's reactions.

A cart is open exactly while every order made from it has failed. That is worked out from the remembered orders, not
by counting events: an order may fail before carting has read that another was made.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import asyncpg

from comanda.contexts.carting import store
from comanda.contexts.carting.cart import CHECKED_OUT, OPEN
from comanda.contexts.ordering.contract.events import OrderCreated, OrderFailed
from comanda.messaging.log import Connection
from comanda.messaging.reactions import Reload
from comanda.messaging.recorded import Recorded
from comanda.messaging.unit_of_work import UnitOfWork


@dataclass(slots=True)
class CartState:
    """What decides whether a cart is open."""

    customer_id: str | None
    status: str
    orders: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Made:
    """An order. Without a cart it is a tombstone: it failed before carting knew of it."""

    cart_id: str | None
    failed: bool = False


class Closing:
    """The carts and orders that a batch of events is about."""

    cause: Recorded

    def __init__(
        self, carts: dict[str, CartState], orders: dict[str, Made], open_carts: dict[str, str] | None = None
    ) -> None:
        self.carts = carts
        self.orders = orders
        self.open_carts = open_carts or {}
        """Customers with an open cart."""
        self.erased: list[str] = []
        self._touched: dict[str, Made] = {}
        self._before: dict[str, str] = {}

    def make(self, order_id: str, cart_id: str) -> bool:
        """Remember that an order was made from a cart. Whether that is news, and the cart is closed now."""
        known = self.orders.get(order_id)
        if cart_id not in self.carts or (known is not None and known.cart_id is not None):
            return False
        self._remember(order_id, Made(cart_id, failed=known is not None))
        self.carts[cart_id].orders.add(order_id)
        self._settle(cart_id)
        return self.carts[cart_id].status == CHECKED_OUT

    def fail(self, order_id: str) -> None:
        """Remember that an order has failed; a tombstone for one not known yet."""
        known = self.orders.get(order_id)
        if known is not None and known.failed:
            return
        cart_id = None if known is None else known.cart_id
        self._remember(order_id, Made(cart_id, failed=True))
        if cart_id is not None and cart_id in self.carts:
            self._settle(cart_id)

    def _remember(self, order_id: str, made: Made) -> None:
        self.orders[order_id] = self._touched[order_id] = made

    def _settle(self, cart_id: str) -> None:
        """Open or close the cart after its orders. A merged or expired one stays what it is."""
        cart = self.carts[cart_id]
        live = any(not self.orders[order_id].failed for order_id in cart.orders)
        customer = cart.customer_id
        if live and cart.status == OPEN:
            self._set(cart_id, cart, CHECKED_OUT)
            if customer is not None and self.open_carts.get(customer) == cart_id:
                del self.open_carts[customer]
        elif not live and cart.status == CHECKED_OUT and (customer is None or customer not in self.open_carts):
            self._set(cart_id, cart, OPEN)
            if customer is not None:
                self.open_carts[customer] = cart_id

    def _set(self, cart_id: str, cart: CartState, status: str) -> None:
        self._before.setdefault(cart_id, cart.status)
        cart.status = status

    async def flush(self, work: UnitOfWork) -> None:
        """Write the statuses that differ from what was loaded, the orders, and the tombstones of customers.

        Raises Reload when a customer has opened another cart since the load.
        """
        changed = [id for id, before in self._before.items() if self.carts[id].status != before]
        closed = [id for id in changed if self.carts[id].status == CHECKED_OUT]
        opened = [id for id in changed if self.carts[id].status == OPEN]
        if closed:
            await _write_status(work, CHECKED_OUT, closed)
        if opened:
            try:
                await _write_status(work, OPEN, opened)
            except asyncpg.UniqueViolationError as error:
                raise Reload from error
        if self._touched:
            await _write_orders(work.connection, self._touched)
        if self.erased:
            await _erase(work, self.erased)


async def load(work: UnitOfWork, events: Sequence[Recorded]) -> Closing:
    """Lock the carts that the events are about, and read every order made from them."""
    made: dict[str, str] = {}
    failed: list[str] = []
    for recorded in events:
        event = recorded.event
        if isinstance(event, OrderCreated) and event.cart_id is not None:
            made[event.order_id] = event.cart_id
        elif isinstance(event, OrderFailed):
            failed.append(event.order_id)
    if not made and not failed:
        return Closing({}, {})
    orders = await _read_orders(work.connection, [*made, *failed])
    carts = await _lock_carts(work.connection, {*made.values(), *_carts_of(orders)}, orders)
    customers = {cart.customer_id for cart in carts.values() if cart.customer_id is not None}
    open_carts = await _read_open_carts(work.connection, customers) if customers else {}
    return Closing(carts, orders, open_carts)


def _carts_of(orders: dict[str, Made]) -> Iterable[str]:
    return (made.cart_id for made in orders.values() if made.cart_id is not None)


async def _read_orders(connection: Connection, ids: list[str]) -> dict[str, Made]:
    rows = await connection.fetch(
        """
        select order_id, cart_id, failed
        from cart_orders
        where order_id = any ($1::uuid[])
        """,
        ids,
    )
    return {row["order_id"]: Made(row["cart_id"], row["failed"]) for row in rows}


async def _lock_carts(connection: Connection, ids: Iterable[str], orders: dict[str, Made]) -> dict[str, CartState]:
    """The carts, with every order made from them, which `orders` gets to know too."""
    rows = await connection.fetch(
        """
        select cart.id, cart.customer_id, cart.status, made.order_id, made.failed
        from carts cart
        left join cart_orders made on made.cart_id = cart.id
        where cart.id = any ($1::text[])
        order by cart.id
        for update of cart
        """,
        list(ids),
    )
    carts: dict[str, CartState] = {}
    for id, customer_id, status, order_id, failed in rows:
        cart = carts.get(id)
        if cart is None:
            cart = carts[id] = CartState(customer_id, status)
        if order_id is not None:
            cart.orders.add(order_id)
            orders.setdefault(order_id, Made(id, failed))
    return carts


async def _read_open_carts(connection: Connection, customers: Iterable[str]) -> dict[str, str]:
    rows = await connection.fetch(
        """
        select customer_id, id
        from carts
        where customer_id = any ($1::text[])
        and status = 'open'
        """,
        list(customers),
    )
    return {row["customer_id"]: row["id"] for row in rows}


async def _write_status(work: UnitOfWork, status: str, ids: list[str]) -> None:
    await work.connection.execute(
        """
        update carts
        set status = $2, version = version + 1, updated_at = $3
        where id = any ($1::text[])
        """,
        ids,
        status,
        work.now,
    )


async def _write_orders(connection: Connection, orders: dict[str, Made]) -> None:
    await connection.execute(
        """
        insert into cart_orders (order_id, cart_id, failed)
        select order_id, cart_id, failed
        from unnest($1::uuid[], $2::text[], $3::boolean[]) as made (order_id, cart_id, failed)
        on conflict (order_id) do update
        set cart_id = excluded.cart_id, failed = excluded.failed
        """,
        list(orders),
        [made.cart_id for made in orders.values()],
        [made.failed for made in orders.values()],
    )


async def _erase(work: UnitOfWork, customers: list[str]) -> None:
    """Leave a tombstone for each customer, and take their carts from them."""
    await work.connection.execute(
        """
        insert into erased_customers (customer_id)
        select unnest($1::text[])
        on conflict (customer_id) do nothing
        """,
        customers,
    )
    await store.forget_erased(work.connection, work.now)
