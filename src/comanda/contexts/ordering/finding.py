"""Finding one order. Whose it is is part of the query: foreign orders are like missing ones."""

import asyncpg
import msgspec

from comanda.contexts.ordering.answers import (
    NO_METADATA,
    AnsweredFulfillment,
    AnsweredInvoice,
    AnsweredOrder,
    AnsweredPayment,
    AnsweredStatus,
    AnsweredTotals,
    line_of,
)
from comanda.contexts.ordering.contract.events import OrderLine
from comanda.contexts.ordering.viewer import NoSuchOrder, Viewer, checked_id
from comanda.kernel.address import Address
from comanda.kernel.money import Money
from comanda.messaging.log import Connection

COLUMNS = """
    select o.id, o.number, coalesce(o.reference, o.id::text) as reference, o.kind, p.status, p.reason,
        p.cancel_requested, o.customer_id, o.email, o.currency, o.subtotal, o.shipping, o.tax, o.total,
        o.shipping_address, o.billing_address, o.payment_method, o.shipping_method, p.payment, p.inventory,
        p.fulfillment, p.tracking_number, p.invoice, p.invoice_number, p.confirmation, o.metadata, o.created_at,
        p.updated_at, p.completed_at, p.version,
        (
            select json_agg(of_order order by of_order.line)
            from lines of_order
            where of_order.order_id = o.id
        ) as lines
    from orders o
    join progress p on p.order_id = o.id
    where not p.hidden
"""


_ONE = (
    COLUMNS
    + """
    and o.id = $1
    and ($2::text is null or o.customer_id = $2 or ($3 and o.customer_id is null))
"""
)

_STATUS = """
    select o.id, o.number, o.reference, o.kind, o.customer_id, p.status, p.reason, p.cancel_requested, p.payment,
        p.inventory, p.fulfillment, p.tracking_number, p.invoice, p.invoice_number, p.confirmation, p.updated_at,
        p.version, p.entries
    from orders o
    join progress p on p.order_id = o.id
    where o.id = $1
    and ($2::text is null or o.customer_id = $2 or ($3 and o.customer_id is null))
    and (not p.hidden or $4 and $2::text is null)
"""


async def one(connection: Connection, order_id: str, viewer: Viewer) -> AnsweredOrder:
    """An order by its id. Raises NoSuchOrder when there is none that the viewer may see."""
    row = await connection.fetchrow(_ONE, checked_id(order_id), viewer.customer, viewer.holds_token)
    if row is None:
        raise NoSuchOrder
    return answer(row)


async def how_far(
    connection: Connection, order_id: str, viewer: Viewer, *, even_hidden: bool = False
) -> asyncpg.Record:
    """How far an order is: its row of progress, beside whose it is. Staff find hidden orders too, if they want.

    Raises NoSuchOrder when there is none that the viewer may see.
    """
    row = await connection.fetchrow(_STATUS, checked_id(order_id), viewer.customer, viewer.holds_token, even_hidden)
    if row is None:
        raise NoSuchOrder
    return row


def answer(row: asyncpg.Record) -> AnsweredOrder:
    """A row of `COLUMNS` as it is answered."""
    currency = row["currency"]
    lines = msgspec.json.decode(row["lines"], type=list[OrderLine]) if row["lines"] else []
    shipping_address = msgspec.json.decode(row["shipping_address"], type=Address) if row["shipping_address"] else None
    billing_address = msgspec.json.decode(row["billing_address"], type=Address) if row["billing_address"] else None
    return AnsweredOrder(
        id=row["id"],
        number=row["number"],
        reference=row["reference"],
        kind=row["kind"],
        status=row["status"],
        reason=row["reason"],
        cancel_requested=row["cancel_requested"],
        customer_id=row["customer_id"],
        email=row["email"],
        lines=[line_of(line, currency) for line in lines],
        totals=AnsweredTotals(
            Money(row["subtotal"], currency),
            Money(row["shipping"], currency),
            Money(row["tax"], currency),
            Money(row["total"], currency),
        ),
        shipping_address=shipping_address,
        billing_address=billing_address or shipping_address,
        payment=AnsweredPayment(row["payment"], row["payment_method"]),
        inventory=AnsweredStatus(row["inventory"]),
        fulfillment=AnsweredFulfillment(row["fulfillment"], row["tracking_number"], row["shipping_method"]),
        invoice=AnsweredInvoice(row["invoice"], row["invoice_number"]),
        confirmation=AnsweredStatus(row["confirmation"]),
        metadata=msgspec.Raw(row["metadata"].encode()) if row["metadata"] else NO_METADATA,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        completed_at=row["completed_at"],
        version=row["version"],
    )
