"""Paying's reads: what the API lists. Whose payments a caller may see is part of the SQL."""

from typing import Any

import msgspec

from comanda.contexts.paying.contract.views import PaymentIntentView, PiecesView, RefundView
from comanda.contexts.paying.errors import UnknownIntent, UnknownRefund
from comanda.kernel.money import Money
from comanda.messaging.log import Connection

_INTENT = """
    select order_id, customer_id, method, status, ask, stock_known, amount, captured, refunded, currency, reason,
        deadline, created_at, updated_at
    from payment_intents
"""

_ONE = (
    _INTENT
    + """
    where order_id = $1::uuid
    and status <> 'expected'
    and ($2::text is null or customer_id = $2)
"""
)

_MANY = (
    _INTENT
    + """
    where status <> 'expected'
    and ($1::text is null or customer_id = $1)
    and ($2::uuid is null or order_id = $2)
    and ($3::text is null or status = $3)
    and ($4::text is null or method = $4)
    and ($5::uuid is null or order_id < $5)
    order by order_id desc
    limit $6
"""
)

_REFUND = """
    select refunds.id, refunds.order_id, cause, refunds.status, refunds.amount,
        refunds.currency, refunds.reason, problem, tries, lines, restock, refunds.created_at, refunds.updated_at
    from refunds
    join payment_intents using (order_id)
"""

_ONE_REFUND = (
    _REFUND
    + """
    where refunds.id = $1
    and ($2::text is null or customer_id = $2)
"""
)

_MANY_REFUNDS = (
    _REFUND
    + """
    where ($1::text is null or customer_id = $1)
    and ($2::uuid is null or refunds.order_id = $2)
    and ($3::text is null or refunds.status = $3)
    and ($4::uuid is null or refunds.id < $4)
    order by refunds.id desc
    limit $5
"""
)


async def intent(connection: Connection, intent_id: str, owner: str | None) -> PaymentIntentView:
    """One payment. Raises UnknownIntent for one that is not there, or not the owner's."""
    row = await connection.fetchrow(_ONE, intent_id, owner)
    if row is None:
        raise UnknownIntent
    return intent_view(row)


async def intents(
    connection: Connection,
    *,
    owner: str | None,
    order_id: str | None,
    status: str | None,
    method: str | None,
    before: str | None,
    limit: int,
) -> list[PaymentIntentView]:
    """Payments, newest order first."""
    rows = await connection.fetch(_MANY, owner, order_id, status, method, before, limit)
    return [intent_view(row) for row in rows]


async def refund(connection: Connection, refund_id: str, owner: str | None) -> RefundView:
    """One refund. Raises UnknownRefund for one that is not there, or not the owner's."""
    row = await connection.fetchrow(_ONE_REFUND, refund_id, owner)
    if row is None:
        raise UnknownRefund
    return refund_view(row)


async def refunds(
    connection: Connection,
    *,
    owner: str | None,
    order_id: str | None,
    status: str | None,
    before: str | None,
    limit: int,
) -> list[RefundView]:
    """Refunds, newest first."""
    rows = await connection.fetch(_MANY_REFUNDS, owner, order_id, status, before, limit)
    return [refund_view(row) for row in rows]


def intent_view(row: Any) -> PaymentIntentView:
    """A payment's row as the API shows it."""
    currency = row["currency"]
    outstanding = row["amount"] if row["status"] == "outstanding" else 0
    return PaymentIntentView(
        id=row["order_id"],
        order_id=row["order_id"],
        customer_id=row["customer_id"],
        method=row["method"],
        status=row["status"],
        waits_for=_waits_for(row),
        amount=Money(row["amount"], currency),
        captured=Money(row["captured"], currency),
        refunded=Money(row["refunded"], currency),
        outstanding=Money(outstanding, currency),
        reason=row["reason"] or None,
        deadline=row["deadline"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _waits_for(row: Any) -> Any:
    if row["status"] == "outstanding":
        return "delivery"
    if row["status"] != "created":
        return None
    if row["ask"] != "none":
        return "payer" if row["ask"] == "pending" else "provider"
    return "receipt" if row["method"] == "bank_transfer" else "stock"


def refund_view(row: Any) -> RefundView:
    """A refund's row as the API shows it."""
    return RefundView(
        id=row["id"],
        order_id=row["order_id"],
        intent_id=row["order_id"],
        cause=row["cause"],
        status=row["status"],
        amount=Money(row["amount"], row["currency"]),
        reason=row["reason"],
        problem=row["problem"] or None,
        tries=row["tries"],
        lines=_pieces(row["lines"]),
        restock=_pieces(row["restock"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _pieces(text: str) -> list[PiecesView]:
    return [PiecesView(**piece) for piece in msgspec.json.decode(text)]
