"""Following one order as a stream of server-sent events: how far it is, then every change as it happens.

The id of an event is the number of the timeline entry it came with, so that a client that comes back with
Last-Event-ID gets what it has missed and nothing twice.
"""

from collections.abc import AsyncIterator

import msgspec
from sse_starlette import ServerSentEvent

from comanda.contexts.ordering import finding, timeline
from comanda.contexts.ordering.answers import AnsweredProgress, progress_of
from comanda.contexts.ordering.viewer import Viewer
from comanda.contexts.ordering.watching import OrderWatch, TooSlow
from comanda.messaging.log import Connection
from comanda.messaging.service import Service

RETRY_MS = 1_000


async def how_far(connection: Connection, order_id: str, viewer: Viewer) -> tuple[AnsweredProgress, int]:
    """How far an order is, with its milestones, and the number of its last timeline entry. Raises NoSuchOrder."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        row = await finding.how_far(connection, order_id, viewer)
        entries = await timeline.entries(connection, row["id"], viewer)
    return progress_of(row, timeline.milestones(entries)), row["entries"]


async def follow(service: Service, order_id: str, viewer: Viewer, seen: int | None) -> AsyncIterator[ServerSentEvent]:
    """The events of one order: `status` first, unless `seen` says how far the client is, then `change` by `change`.

    Ends when the client leaves, cannot keep up, or the service stops. The order has been looked up before.
    """
    watch: OrderWatch = service.state["watch"]
    if seen is None:
        async with service.database.acquire() as connection:
            progress, seen = await how_far(connection, order_id, viewer)
        yield _event("status", seen, progress)
    async with watch.watching(order_id, seen) as watcher:
        try:
            while (entry := await watcher.next()) is not None:
                shown = entry.for_viewer(viewer)
                if shown is not None:
                    yield _event("change", shown.entry, shown)
        except TooSlow:
            return


def _event(name: str, entry: int, data: msgspec.Struct) -> ServerSentEvent:
    return ServerSentEvent(msgspec.json.encode(data).decode(), event=name, id=str(entry), retry=RETRY_MS)
