"""Refunds: what goes back, how much when it is called, and what became of it.

An automatic refund (`return`, `undone`) is what remains when it is called, after every earlier call for that payment
has ended; one by staff has its amount kept for it from the moment it is asked for. One that the provider refuses is
listed for staff, who try again or pay it by other means.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from comanda.contexts.paying.contract.events import PaymentRefunded, PaymentRefundFailed
from comanda.contexts.paying.payment import Payment
from comanda.contexts.paying.provider import Refunded, Refused
from comanda.kernel.event import Event
from comanda.kernel.goods import Pieces
from comanda.messaging.log import Connection

STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund. Its amount is fixed when it is first called; that of an automatic one may be more before."""

    id: str
    order_id: str
    cause: str
    status: str
    amount: int
    currency: str
    tries: int
    lines: list[Pieces]
    restock: list[Pieces]


async def called(connection: Connection, refund_id: str, remains: int) -> Refund | None:
    """A pending refund, with its amount fixed; None when it is not pending, or nothing remains.

    The payment is locked by the caller.
    """
    row = await connection.fetchrow(
        """
        update refunds
        set amount = case when called or $2 = 0 then amount else least(amount, $2) end,
            status = case when called or $2 > 0 then status else 'canceled' end,
            called = true, updated_at = now()
        where id = $1
        and status = 'pending'
        returning id, order_id, cause, status, amount, currency, tries, lines, restock
        """,
        refund_id,
        remains,
    )
    return _refund(row) if row is not None and row["status"] == "pending" else None


async def answered(connection: Connection, payment: Payment, refund: Refund, answer: Any) -> Event:
    """The provider's word about a refund, written down; the payment is changed, its caller writes it."""
    if isinstance(answer, Refunded):
        await _end(connection, refund, "succeeded", "")
        return paid_back(payment, refund)
    if not isinstance(answer, Refused):
        raise TypeError(f"a refund was answered {answer}")
    await _end(connection, refund, "failed", answer.reason)
    return PaymentRefundFailed(
        order_id=refund.order_id,
        intent_id=refund.order_id,
        refund_id=refund.id,
        cause=refund.cause,
        amount=refund.amount,
        currency=refund.currency,
        reason=answer.reason,
    )


def paid_back(payment: Payment, refund: Refund) -> Event:
    """The money went back."""
    payment.refunded += refund.amount
    payment.changed = True
    return PaymentRefunded(
        order_id=refund.order_id,
        intent_id=refund.order_id,
        refund_id=refund.id,
        cause=refund.cause,
        amount=refund.amount,
        remaining=payment.remains,
        currency=refund.currency,
        restock=refund.restock,
        lines=refund.lines,
    )


async def order_of(connection: Connection, refund_id: str) -> str | None:
    """Whose refund it is."""
    order_id: str | None = await connection.fetchval("select order_id from refunds where id = $1", refund_id)
    return order_id


async def find(connection: Connection, refund_id: str) -> Refund:
    """A refund that is there. The payment is locked by the caller."""
    row = await connection.fetchrow(
        """
        select id, order_id, cause, status, amount, currency, tries, lines, restock
        from refunds
        where id = $1
        """,
        refund_id,
    )
    return _refund(row)


async def kept(connection: Connection, order_id: str) -> int:
    """How much of a payment pending refunds keep for themselves; automatic ones may want all that there is."""
    return int(
        await connection.fetchval(
            """
            select coalesce(sum(amount), 0)::bigint
            from refunds
            where order_id = $1
            and status = 'pending'
            """,
            order_id,
        )
    )


async def try_again(connection: Connection, refund_id: str) -> None:
    """A failed refund is called once more, under a key of its own: the provider remembers the other's answer."""
    await connection.execute(
        """
        update refunds
        set status = 'pending', tries = tries + 1, called = false, problem = '', updated_at = now()
        where id = $1
        """,
        refund_id,
    )


async def settled(connection: Connection, refund: Refund, note: str) -> None:
    """Staff paid a failed refund by other means."""
    await _end(connection, refund, "settled", note)


async def pieces_refunded(connection: Connection, order_id: str) -> dict[str, int]:
    """How many pieces of each product refunds have been for, pending ones included."""
    rows = await connection.fetch(
        """
        select line ->> 'sku' as sku, sum((line ->> 'quantity')::int) as quantity
        from refunds, json_array_elements(lines) as line
        where order_id = $1
        and status in ('pending', 'succeeded', 'settled')
        group by 1
        """,
        order_id,
    )
    return {row["sku"]: row["quantity"] for row in rows}


async def _end(connection: Connection, refund: Refund, status: str, problem: str) -> None:
    await connection.execute(
        "update refunds set status = $2, problem = $3, updated_at = now() where id = $1", refund.id, status, problem
    )


def _refund(row: Any) -> Refund:
    values = dict(row)
    for name in ("lines", "restock"):
        values[name] = msgspec.json.decode(values[name], type=list[Pieces])
    return Refund(**values)
