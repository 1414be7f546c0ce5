"""What an order that becomes paid will say: OrderConfirmed, made of what was ordered.

What was ordered never changes, so the orders placed last are remembered; others are read.
"""

from collections import OrderedDict
from collections.abc import Iterable

import asyncpg
import msgspec
from msgspec import UNSET

from comanda.contexts.ordering.contract.events import Buyer, OrderConfirmed, OrderCreated, OrderLine
from comanda.contexts.ordering.order import BEFORE_PAID, Order
from comanda.kernel.address import Address
from comanda.messaging.log import Connection

REMEMBERED = 4_000


class RecentOrders:
    """The orders placed last in this process, bounded."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._orders: OrderedDict[str, OrderCreated] = OrderedDict()
        self._size = size

    def add(self, orders: Iterable[OrderCreated]) -> None:
        """Remember committed orders."""
        for order in orders:
            self._orders[order.order_id] = order
        while len(self._orders) > self._size:
            self._orders.popitem(last=False)

    def take(self, order_id: str) -> OrderCreated | None:
        """An order, if it is remembered."""
        return self._orders.get(order_id)


async def prepare(connection: Connection, recent: RecentOrders, orders: dict[str, Order], paid: set[str]) -> None:
    """Give each order that may become paid in this batch its OrderConfirmed."""
    missing: list[str] = []
    for order in orders.values():
        if order.status in BEFORE_PAID and (order.id in paid or order.payment_certain):
            created = recent.take(order.id)
            if created is None:
                missing.append(order.id)
            else:
                order.confirmed = confirmation_of(created)
    if missing:
        for order_id, (created, _) in (await read_created(connection, missing)).items():
            orders[order_id].confirmed = confirmation_of(created)


def confirmation_of(created: OrderCreated) -> OrderConfirmed:
    """What an order says when it becomes paid."""
    return OrderConfirmed(
        order_id=created.order_id,
        number=created.number,
        reference=created.reference,
        customer_id=created.customer_id,
        currency=created.currency,
        lines=created.lines,
        shipping=created.shipping,
        tax=created.tax,
        total=created.total,
        country=created.country,
        shipping_method=created.shipping_method,
        payment_method=created.payment_method,
        personal=created.personal,
        foreign_stages=created.foreign_stages,
    )


_READ = """
    select id, number, coalesce(reference, id::text) as reference, customer_id, cart_id, language, currency, subtotal,
        shipping, tax, total, shipping_method, payment_method, email, shipping_address, billing_address, sms,
        metadata, created_at,
        (
            select json_agg(of_order order by of_order.line)
            from lines of_order
            where of_order.order_id = orders.id
        ) as lines,
        (select foreign_stages from progress where progress.order_id = orders.id) as foreign_stages
    from orders
    where id = any ($1::uuid[])
    and kind = 'managed'
"""


async def read_created(connection: Connection, ids: list[str]) -> dict[str, tuple[OrderCreated, str | None]]:
    """Managed orders as they were placed, by id, with their metadata. Deadlines and tokens are not kept."""
    return {row["id"]: (_created(row), row["metadata"]) for row in await connection.fetch(_READ, ids)}


def _created(row: asyncpg.Record) -> OrderCreated:
    address = msgspec.json.decode(row["shipping_address"], type=Address)
    billing = row["billing_address"]
    return OrderCreated(
        order_id=row["id"],
        number=row["number"],
        reference=row["reference"],
        customer_id=row["customer_id"],
        cart_id=row["cart_id"],
        currency=row["currency"],
        lines=msgspec.json.decode(row["lines"], type=list[OrderLine]),
        subtotal=row["subtotal"],
        shipping=row["shipping"],
        tax=row["tax"],
        total=row["total"],
        country=address.country,
        language=row["language"],
        payment_method=row["payment_method"],
        token="",
        shipping_method=row["shipping_method"],
        created_at=row["created_at"],
        payment_deadline=row["created_at"],
        reserved_until=row["created_at"],
        personal=Buyer(
            email=row["email"] or "",
            shipping_address=address,
            billing_address=msgspec.json.decode(billing, type=Address) if billing else None,
            sms=row["sms"] or "",
        ),
        foreign_stages=row["foreign_stages"] or UNSET,
    )
