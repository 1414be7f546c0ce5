"""Paying's SQL: the payments themselves, and what is written beside them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from comanda.contexts.paying.payment import Payment, RefundDue
from comanda.messaging import intents
from comanda.messaging.intents import NewIntent
from comanda.messaging.log import Connection

CHARGE = "charge"
REFUND = "refund"

SOONEST_DEADLINE = timedelta(minutes=2)
"""A deadline is never sooner than this after it is written, so that the sweeper, which judges each once, sees it."""

_READ = """
    select order_id, status, method, token, amount, currency, ask, stock_known, undone, expired, captured, refunded,
        version, reason
    from payment_intents
    where order_id = any ($1::uuid[])
"""

_LOCK = """
    select order_id, status, method, token, amount, currency, ask, stock_known, undone, expired, captured, refunded,
        version, reason
    from payment_intents
    where order_id = any ($1::uuid[])
    order by order_id
    for no key update
"""

_INSERT_CREATED = """
    insert into payment_intents (order_id, customer_id, method, token, amount, currency, deadline)
    select order_id, customer_id, method, token, amount, currency, greatest(deadline, $8)
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::timestamptz[])
        as fresh (order_id, customer_id, method, token, amount, currency, deadline)
    on conflict (order_id) do nothing
"""

_TAKE = """
    with taken as (
        update payment_intents
        set status = 'captured', captured = amount, stock_known = true, version = 1, updated_at = now()
        where order_id = any ($1::uuid[])
        and version = 0
        returning order_id, amount, currency
    )
    insert into provider_charges (key, amount, currency, status)
    select order_id::text, amount, currency, 'captured'
    from taken
"""

_SAVE = """
    insert into payment_intents as stored (order_id, version, status, method, token, amount, currency, ask, stock_known,
        undone, expired, captured, refunded, customer_id, deadline, reason)
    select order_id, version + 1, status, method, token, amount, currency, ask, stock_known,
        undone, expired, captured, refunded, customer_id,
        case when deadline is not null then greatest(deadline, $17) end, reason
    from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[],
        $9::bool[], $10::bool[], $11::bool[], $12::bigint[], $13::bigint[], $14::text[], $15::timestamptz[],
        $16::text[])
        as changed (order_id, version, status, method, token, amount, currency, ask, stock_known,
        undone, expired, captured, refunded, customer_id, deadline, reason)
    on conflict (order_id) do update
    set version = excluded.version, status = excluded.status, method = excluded.method, token = excluded.token,
        amount = excluded.amount, currency = excluded.currency, ask = excluded.ask,
        stock_known = excluded.stock_known, undone = excluded.undone, expired = excluded.expired,
        captured = excluded.captured, refunded = excluded.refunded,
        customer_id = coalesce(stored.customer_id, excluded.customer_id),
        deadline = coalesce(stored.deadline, excluded.deadline), reason = excluded.reason, updated_at = now()
    where stored.version = excluded.version - 1
"""

_RECEIPTS = """
    insert into provider_charges (key, amount, currency, status)
    select key, amount, currency, 'captured'
    from unnest($1::text[], $2::bigint[], $3::text[]) as receipt (key, amount, currency)
"""

_REFUNDS = """
    insert into refunds (id, order_id, cause, amount, currency, source, reason, lines, restock, trace, actor)
    select id, order_id, cause, amount, currency, source, reason, lines, restock, trace, actor
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::json[],
        $9::json[], $10::text[], $11::text[])
        as due (id, order_id, cause, amount, currency, source, reason, lines, restock, trace, actor)
    on conflict (order_id, cause, source) where cause <> 'staff' do nothing
    returning id, order_id, trace, actor
"""

_encode = msgspec.json.Encoder().encode


async def read(connection: Connection, order_ids: Sequence[str]) -> list[Payment]:
    """Payments as they are now, without a lock: whoever writes them checks the version."""
    return [Payment(*row) for row in await connection.fetch(_READ, order_ids)]


async def lock(connection: Connection, order_ids: Sequence[str]) -> list[Payment]:
    """Payments, locked in the order of their ids."""
    return [Payment(*row) for row in await connection.fetch(_LOCK, order_ids)]


async def insert_created(connection: Connection, payments: Sequence[Payment], now: datetime) -> int:
    """Store payments to which nothing has happened yet. Answers how many were not there before."""
    return _count(
        await connection.execute(
            _INSERT_CREATED,
            [payment.order_id for payment in payments],
            [payment.customer_id for payment in payments],
            [payment.method for payment in payments],
            [payment.token for payment in payments],
            [payment.amount for payment in payments],
            [payment.currency for payment in payments],
            [payment.deadline for payment in payments],
            now + SOONEST_DEADLINE,
        )
    )


async def take(connection: Connection, order_ids: Sequence[str]) -> int:
    """Capture untouched payments whole, with the provider's own entries. Answers how many were untouched."""
    return _count(await connection.execute(_TAKE, order_ids))


async def save(connection: Connection, payments: Sequence[Payment], now: datetime) -> int:
    """Store payments, new and changed. Answers how many were still as they had been read."""
    columns = zip(*map(_row, payments), strict=True)
    return _count(await connection.execute(_SAVE, *map(list, columns), now + SOONEST_DEADLINE))


def _row(payment: Payment) -> tuple[Any, ...]:
    return (
        payment.order_id,
        payment.version,
        payment.status,
        payment.method,
        payment.token,
        payment.amount,
        payment.currency,
        payment.ask,
        payment.stock_known,
        payment.undone,
        payment.expired,
        payment.captured,
        payment.refunded,
        payment.customer_id,
        payment.deadline,
        payment.reason,
    )


async def save_effects(connection: Connection, payments: Sequence[Payment]) -> bool:
    """What changed payments bring with them: entries in the ledger, refunds, calls to make or to drop.

    Answers whether there is a call to make.
    """
    received = [payment for payment in payments if payment.taken or payment.received]
    if received:
        await connection.execute(
            _RECEIPTS,
            [payment.order_id for payment in received],
            [payment.amount for payment in received],
            [payment.currency for payment in received],
        )
    calls = await _insert_refunds(connection, [(payment, due) for payment in payments for due in payment.refunds])
    withdrawn = [payment.order_id for payment in payments if payment.withdraw]
    if withdrawn:
        await intents.withdraw(connection, withdrawn, CHARGE)
    settling = {payment.order_id: payment for payment in payments if payment.settle}
    if settling:
        there = await intents.hurry(connection, list(settling), CHARGE)
        calls += [
            NewIntent(order_id, CHARGE, "", *_origin(payment))
            for order_id, payment in settling.items()
            if order_id not in there
        ]
    await intents.write(connection, calls)
    return bool(calls or settling)


async def _insert_refunds(connection: Connection, dues: Sequence[tuple[Payment, RefundDue]]) -> list[NewIntent]:
    if not dues:
        return []
    rows = await connection.fetch(
        _REFUNDS,
        [due.id for _, due in dues],
        [payment.order_id for payment, _ in dues],
        [due.cause for _, due in dues],
        [due.amount for _, due in dues],
        [payment.currency for payment, _ in dues],
        [due.source for _, due in dues],
        [due.reason for _, due in dues],
        [_encode(due.lines).decode() for _, due in dues],
        [_encode(due.restock).decode() for _, due in dues],
        [_origin(payment)[0] for payment, _ in dues],
        [_origin(payment)[1] for payment, _ in dues],
    )
    return [NewIntent(row["order_id"], REFUND, row["id"], row["trace"], row["actor"]) for row in rows]


def _origin(payment: Payment) -> tuple[str, str | None]:
    return (payment.origin.trace, payment.origin.actor) if payment.origin else ("", None)


async def mark_by_hand(connection: Connection, order_id: str) -> None:
    """The intent was made by a request, not by the order process."""
    await connection.execute("update payment_intents set managed = false where order_id = $1", order_id)


async def is_by_hand(connection: Connection, order_id: str) -> bool:
    """Whether the intent was made by a request."""
    return bool(await connection.fetchval("select not managed from payment_intents where order_id = $1", order_id))


class Late(msgspec.Struct, frozen=True):
    """A payment past its deadline. `parked`: an event of its order waits for a person, so its time stands still."""

    order_id: str
    deadline: datetime
    parked: bool


async def judged_until(connection: Connection) -> datetime:
    """Up to when deadlines have been judged; whoever asks judges on, alone."""
    until: datetime = await connection.fetchval(
        "select judged_until from sweeps where name = 'payment_deadlines' for update"
    )
    return until


async def judge_until(connection: Connection, until: datetime) -> None:
    """Deadlines up to then have been judged."""
    await connection.execute("update sweeps set judged_until = $1 where name = 'payment_deadlines'", until)


async def past_deadline(connection: Connection, after: datetime, until: datetime, limit: int) -> list[Late]:
    """Open payments whose deadline lies in a stretch of time, the earliest first."""
    rows = await connection.fetch(
        """
        select order_id, deadline, exists (
                select 1
                from messaging.parked_subjects
                where consumer = 'paying'
                and subject = order_id::text
            ) as parked
        from payment_intents
        where deadline > $1
        and deadline <= $2
        and status = 'created'
        and not undone
        and not expired
        order by deadline
        limit $3
        """,
        after,
        until,
        limit,
    )
    return [Late(*row) for row in rows]


async def put_off(connection: Connection, order_ids: Sequence[str], deadline: datetime) -> None:
    """Give payments another deadline."""
    await connection.execute(
        "update payment_intents set deadline = $2 where order_id = any ($1::uuid[])", order_ids, deadline
    )


def _count(status: str) -> int:
    """How many rows a command's tag says it wrote."""
    return int(status.rpartition(" ")[2])
