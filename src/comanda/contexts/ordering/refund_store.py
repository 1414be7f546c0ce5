"""What went back of orders, as paying says: sales are net of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from comanda.messaging.log import Connection


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Money that went back, or (`refund_id` void) that will never come because the parcel came back unpaid."""

    order_id: str
    refund_id: str
    amount: int


async def add(connection: Connection, given_back: Sequence[GivenBack], now: datetime) -> None:
    """Keep what went back, each refund once."""
    if given_back:
        await connection.execute(
            """
            insert into refunds (order_id, refund_id, amount, at)
            select order_id, refund_id, amount, $4
            from unnest($1::uuid[], $2::text[], $3::bigint[]) as refund (order_id, refund_id, amount)
            where amount > 0
            on conflict do nothing
            """,
            [refund.order_id for refund in given_back],
            [refund.refund_id for refund in given_back],
            [refund.amount for refund in given_back],
            now,
        )
