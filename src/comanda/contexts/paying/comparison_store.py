"""The SQL of comparing payments with the provider's own list."""

from collections.abc import Sequence
from datetime import datetime

from comanda.kernel.ids import is_id
from comanda.messaging.log import Connection

FIRST_ID = "00000000-0000-0000-0000-000000000000"
LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"


async def unlisted(
    connection: Connection, after: str, last: str | None, listed: Sequence[str], rested: datetime
) -> list[str]:
    """Cards that were captured and are not among the listed charges, within the stretch of keys of the list."""
    rows = await connection.fetch(
        """
        select order_id
        from payment_intents
        where order_id > $1::uuid
        and order_id <= $2::uuid
        and method = 'card'
        and captured > 0
        and updated_at < $4
        and order_id <> all ($3::uuid[])
        """,
        after if is_id(after) else FIRST_ID,
        last if last is not None and is_id(last) else LAST_ID,
        [key for key in listed if is_id(key)],
        rested,
    )
    return [row["order_id"] for row in rows]


async def settled_refunds(connection: Connection, order_ids: Sequence[str], rested: datetime) -> dict[str, int | None]:
    """What staff paid back by other means, for payments at rest; None for those with a refund under way."""
    rows = await connection.fetch(
        """
        select payment.order_id, case
            when payment.updated_at >= $2 or bool_or(refund.status = 'pending') then null
            else coalesce(sum(refund.amount) filter (where refund.status = 'settled'), 0)::bigint
        end as settled
        from payment_intents payment
        left join refunds refund using (order_id)
        where payment.order_id = any ($1::uuid[])
        group by payment.order_id
        """,
        order_ids,
        rested,
    )
    return {row["order_id"]: row["settled"] for row in rows}


async def compared_upto(connection: Connection) -> str:
    """The key up to which payments have been compared with the provider's list."""
    return await connection.fetchval("select upto from compared") or ""


async def remember_compared(connection: Connection, upto: str) -> None:
    """Go on behind that key the next time; empty: from the first."""
    await connection.execute("update compared set upto = $1", upto)
