"""What time does to reservations: those made by request expire, an order's that stays too long becomes an alert."""

from comanda.contexts.stocking import store
from comanda.contexts.stocking.hold_stock import release_expired
from comanda.messaging.background import every
from comanda.messaging.service import Service

EXPIRY_EVERY_S = 5.0
OVERDUE_EVERY_S = 30.0


async def expire_holds(service: Service) -> None:
    """Until the service stops: free what was set aside by request and is past its time."""
    await every(service, EXPIRY_EVERY_S, lambda: _expire(service), "stocking.expiry_tried_again")


async def _expire(service: Service) -> None:
    ended = 1
    while ended:
        async with service.begin() as work:
            ended = await release_expired(service, work)


async def watch_orders(service: Service) -> None:
    """Until the service stops: note orders whose goods stay set aside for too long. Only ordering may end those."""
    await every(service, OVERDUE_EVERY_S, lambda: _find_overdue(service), "stocking.watch_tried_again")


async def _find_overdue(service: Service) -> None:
    async with service.begin() as work:
        await store.find_overdue(work.connection, work.now)
