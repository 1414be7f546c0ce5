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

# One statement for each way to the rows: a plan kept for all callers must not scan the table for one order.
_MANY = (
    _INTENT
    + """
    where order_id < $1
    and status <> 'expected'
    and ($3::text is null or customer_id = $3)
    and ($4::text is null or status = $4)
    and ($5::text is null or method = $5)
"""
)
_IN_ORDER = """
    order by order_id desc
    limit $2
"""
_ALL = _MANY + _IN_ORDER
_OF_ORDER = _MANY + "and order_id = $6" + _IN_ORDER
_OF_CUSTOMER = _MANY + "and customer_id = $6" + _IN_ORDER
_BY_HAND = _MANY + "and method <> 'card' and method = $6" + _IN_ORDER

_BEFORE_ALL = "ffffffff-ffff-ffff-ffff-ffffffffffff"

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
    where refunds.id < $1
    and ($3::text is null or customer_id = $3)
    and ($4::text is null or refunds.status = $4)
"""
)
_REFUNDS_IN_ORDER = """
    order by refunds.id desc
    limit $2
"""
_ALL_REFUNDS = _MANY_REFUNDS + _REFUNDS_IN_ORDER
_REFUNDS_OF_ORDER = _MANY_REFUNDS + "and refunds.order_id = $5" + _REFUNDS_IN_ORDER
_REFUNDS_OF_CUSTOMER = _MANY_REFUNDS + "and customer_id = $5" + _REFUNDS_IN_ORDER
_REFUNDS_IN_STATUS = _MANY_REFUNDS + "and refunds.status = $5" + _REFUNDS_IN_ORDER


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
    filters = (before or _BEFORE_ALL, limit, owner, status, method)
    if order_id is not None:
        rows = await connection.fetch(_OF_ORDER, *filters, order_id)
    elif owner is not None:
        rows = await connection.fetch(_OF_CUSTOMER, *filters, owner)
    elif method not in (None, "card"):
        rows = await connection.fetch(_BY_HAND, *filters, method)
    else:
        rows = await connection.fetch(_ALL, *filters)
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
    filters = (before or _BEFORE_ALL, limit, owner, status)
    if order_id is not None:
        rows = await connection.fetch(_REFUNDS_OF_ORDER, *filters, order_id)
    elif owner is not None:
        rows = await connection.fetch(_REFUNDS_OF_CUSTOMER, *filters, owner)
    elif status is not None:
        rows = await connection.fetch(_REFUNDS_IN_STATUS, *filters, status)
    else:
        rows = await connection.fetch(_ALL_REFUNDS, *filters)
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
