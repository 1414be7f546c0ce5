"""The links in messages that show guests their orders: signed by ordering, and good for a while."""

from collections.abc import Sequence
from datetime import timedelta

from comanda.contexts.notifying.contract.views import NotificationView
from comanda.contexts.notifying.settings import LINK_DAYS
from comanda.contexts.ordering.contract.client import OrderingClient
from comanda.kernel.ids import is_id
from comanda.messaging.service import Service


async def tokens(service: Service, entries: Sequence[NotificationView]) -> dict[str, str]:
    """The token of each message about a guest's order, by entry; its time runs from the message. Raises Unavailable."""
    days = timedelta(days=service.settings[LINK_DAYS])
    wanted = {
        entry.id: (entry.about, int((entry.created_at + days).timestamp())) for entry in entries if is_id(entry.about)
    }
    if not wanted:
        return {}
    signed = await OrderingClient(service.outbound("ordering")).link_tokens(wanted.values())
    return {entry_id: signed[link] for entry_id, link in wanted.items() if link in signed}
