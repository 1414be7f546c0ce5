"""What has happened to an order: every change of state or facet with time, cause, actor and trace.

Rows are the truth, the timeline is their proof: replaying it gives the same state and facets.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from comanda.contexts.ordering.order import FACETS
from comanda.contexts.ordering.viewer import Viewer
from comanda.messaging.log import Connection

SHOWN_MILESTONES = frozenset({"shipped", "delivered", "returned"})
"""Values of the facet `fulfillment` that are milestones beside the statuses."""

INSIDERS = frozenset({"staff", "admin", "service"})

MEMBERS = ("status", *FACETS)

_ENTRIES = """
    select t.order_id, t.entry, t.at, t.cause, t.changes, t.actor, coalesce(t.trace, o.trace) as trace, t.note
    from timeline t
    join orders o on o.id = t.order_id
    where t.order_id = $1
    and t.entry > $2
    and ($4 or t.changes::text <> '{}')
    order by t.entry
    limit $3
"""

_SINCE = """
    select t.order_id, t.entry, t.at, t.cause, t.changes, t.actor, coalesce(t.trace, o.trace) as trace, t.note
    from unnest($1::uuid[], $2::int[]) as watched (order_id, entry)
    join timeline t on t.order_id = watched.order_id and t.entry > watched.entry
    join orders o on o.id = t.order_id
    order by t.order_id, t.entry
"""


class AnsweredEntry(msgspec.Struct, frozen=True):
    """A timeline entry as it is answered."""

    order_id: str
    entry: int
    at: datetime
    cause: str
    changes: msgspec.Raw
    actor: str | None
    trace: str | None
    note: str | None

    def for_viewer(self, viewer: Viewer) -> "AnsweredEntry | None":
        """What the viewer may see of it: customers are not shown notes, nor who of the staff acted."""
        if viewer.is_staff:
            return self
        if bytes(self.changes) == b"{}":
            return None
        role = (self.actor or "").partition(":")[0]
        return msgspec.structs.replace(self, note=None, actor=role if role in INSIDERS else self.actor)


class Milestone(msgspec.Struct, frozen=True):
    """When an order reached a status, or its parcel was shipped, delivered or returned."""

    status: str
    at: datetime


async def entries(
    connection: Connection, order_id: str, viewer: Viewer, *, after: int = 0, limit: int = 1_000
) -> list[AnsweredEntry]:
    """The entries after one, oldest first, as the viewer may see them. The order has been looked up before."""
    rows = await connection.fetch(_ENTRIES, order_id, after, limit, viewer.is_staff)
    return [shown for row in rows if (shown := _entry(row).for_viewer(viewer)) is not None]


async def since(connection: Connection, watched: dict[str, int]) -> list[AnsweredEntry]:
    """The entries of many orders, each after the one given, in one statement."""
    rows = await connection.fetch(_SINCE, list(watched), list(watched.values()))
    return [_entry(row) for row in rows]


def milestones(timeline: Iterable[AnsweredEntry]) -> list[Milestone]:
    """The statuses that an order has passed, and the milestones of its parcel, with their times."""
    passed: list[Milestone] = []
    for entry in timeline:
        changes = msgspec.json.decode(entry.changes)
        if "status" in changes:
            passed.append(Milestone(changes["status"], entry.at))
        if changes.get("fulfillment") in SHOWN_MILESTONES:
            passed.append(Milestone(changes["fulfillment"], entry.at))
    return passed


def replay(changes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The state and facets that the changes of a whole timeline lead to."""
    state: dict[str, Any] = {
        "payment": "pending",
        "inventory": "pending",
        "fulfillment": "pending",
        "invoice": "none",
        "confirmation": "pending",
    }
    for change in changes:
        state.update({name: value for name, value in change.items() if name in MEMBERS})
    return state


def _entry(row: asyncpg.Record) -> AnsweredEntry:
    return AnsweredEntry(
        row["order_id"],
        row["entry"],
        row["at"],
        row["cause"],
        msgspec.Raw(row["changes"].encode()),
        row["actor"],
        row["trace"].replace("-", "") if row["trace"] else None,
        row["note"],
    )
