"""Finding orders, by id or in lists. Whose they are is part of the query: foreign orders are like missing ones."""

from dataclasses import dataclass

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
from comanda.kernel.address import Address
from comanda.kernel.ids import is_id
from comanda.kernel.money import Money
from comanda.messaging.log import Connection
from comanda.messaging.service import Call

COLUMNS = """
    select o.id, o.number, coalesce(o.reference, o.id::text) as reference, o.kind, p.status, p.reason,
        p.cancel_requested, o.customer_id, o.email, o.currency, o.subtotal, o.shipping, o.tax, o.total,
        o.shipping_address, o.billing_address, o.payment_method, o.shipping_method, p.payment, p.inventory,
        p.fulfillment, p.tracking_number, p.invoice, p.invoice_number, p.confirmation, o.metadata, o.created_at,
        p.updated_at, p.completed_at, p.version,
        (
            select json_agg(line order by line.line)
            from lines line
            where line.order_id = o.id
        ) as lines
    from orders o
    join progress p on p.order_id = o.id
    where not p.hidden
"""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: staff see all (`customer` None), customers their own, guests the one they hold the token of."""

    customer: str | None
    guest: bool

    @classmethod
    def of(cls, call: Call) -> "Viewer":
        """The caller."""
        return cls(call.principal.owner, call.principal.role == "anonymous")


async def one(connection: Connection, order_id: str, viewer: Viewer) -> AnsweredOrder | None:
    """An order by its id, if the viewer may see it. Guests are checked by their token before."""
    if not is_id(order_id):
        return None
    row = await connection.fetchrow(
        COLUMNS + "and o.id = $1 and ($2::text is null or o.customer_id = $2 or ($3 and o.customer_id is null))",
        order_id,
        viewer.customer,
        viewer.guest,
    )
    return answer(row) if row else None


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
