"""The event stream of one order: ordering's timeline, told in the six names of the dialect."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, suppress

from sse_starlette import ServerSentEvent

from comanda.contexts.ordering.contract.views import OrderView, TimelineEntryView
from comanda.contexts.ordering.dialects.pedidos.views import EventView
from comanda.contexts.ordering.dialects.pedidos.words import event_of
from comanda.kernel.errors import ComandaError

RETRY_MS = 1_000

_AT_FIRST = {"status": "created", "payment": "pending", "inventory": "pending"}


async def told(
    order: OrderView, entries: AsyncGenerator[TimelineEntryView, None], seen: int
) -> AsyncIterator[ServerSentEvent]:
    """The events of an order, each with how the order was right after it; those up to the entry `seen` are left out.

    `entries` begin with the order's first: how it was is replayed from there. An event's id is its entry's number.
    """
    then = as_it_was(order, _AT_FIRST)
    with suppress(ComandaError):  # ordering is lost before it began: the client comes back
        async with aclosing(entries):
            async for entry in entries:
                then = as_it_was(then, entry.changes)
                name = event_of(entry.cause, entry.changes)
                if name is not None and entry.entry > seen:
                    data = EventView.of(then).model_dump_json()
                    yield ServerSentEvent(data, event=name, id=str(entry.entry), retry=RETRY_MS)


def as_it_was(order: OrderView, changes: Mapping[str, object]) -> OrderView:
    """The order with these changes made to its status, its payment and its goods."""
    made: dict[str, object] = {}
    if "status" in changes:
        made["status"] = changes["status"]
    if "payment" in changes:
        made["payment"] = order.payment.model_copy(update={"status": changes["payment"]})
    if "inventory" in changes:
        made["inventory"] = order.inventory.model_copy(update={"status": changes["inventory"]})
    return order.model_copy(update=made) if made else order
