"""Notes that staff keep about an order, in its timeline; customers do not see them."""

from comanda.contexts.ordering import finding
from comanda.contexts.ordering.contract.views import TimelineEntryView
from comanda.contexts.ordering.viewer import Viewer
from comanda.messaging.unit_of_work import UnitOfWork

_ADD = """
    with counted as (
        update progress
        set entries = entries + 1, updated_at = $2, version = version + 1
        where order_id = $1
        returning entries
    )
    insert into timeline (order_id, entry, at, cause, changes, actor, trace, note)
    select $1, entries, $2, 'note', '{}', $3, $4, $5
    from counted
    returning entry
"""


async def add_note(order_id: str, text: str, viewer: Viewer, work: UnitOfWork) -> TimelineEntryView:
    """Write a note about any order. Raises NoSuchOrder."""
    found = await finding.how_far(work.connection, order_id, viewer)
    entry = await work.connection.fetchval(_ADD, found["id"], work.now, work.actor, work.trace, text)
    return TimelineEntryView(
        order_id=found["id"],
        entry=entry,
        at=work.now,
        cause="note",
        changes={},
        actor=work.actor,
        trace=work.trace,
        note=text,
    )
