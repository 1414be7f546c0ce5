"""The delivery log: what was sent, skipped, withdrawn or failed, newest first."""

from typing import NamedTuple

from comanda.contexts.notifying.contract.views import NotificationView
from comanda.messaging.log import Connection


class Filter(NamedTuple):
    """What a list is narrowed to; None does not narrow. `before` is the id of the last entry of the page before."""

    order_id: str | None = None
    status: str | None = None
    milestone: str | None = None
    channel: str | None = None
    to: str | None = None
    before: str | None = None


_ENTRIES = """
    select n.id, n.about, n.milestone, n.channel, n.cause, n.copy as copy_number, n.status, n.reason,
        coalesce(n.address, o.contact ->> n.channel, '') as "to",
        n.created_at
    from notifications n
    left join orders o on o.order_id = n.about
    where ($1::text is null or n.about = $1)
    and ($2::text is null or n.status = $2)
    and ($3::text is null or n.milestone = $3)
    and ($4::text is null or n.channel = $4)
    and ($5::text is null or coalesce(n.address, o.contact ->> n.channel) = $5)
    and ($6::uuid is null or n.id < $6)
    order by n.id desc
    limit $7
"""


async def entries(connection: Connection, narrowed: Filter, limit: int) -> list[NotificationView]:
    """A page of the log and one entry more, which tells that there is another page."""
    rows = await connection.fetch(_ENTRIES, *narrowed, limit + 1)
    return [NotificationView(**dict(row)) for row in rows]
