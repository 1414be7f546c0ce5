"""What time does to reservations: those made by request expire, an order's that stays too long becomes an alert."""

import structlog

from comanda.contexts.stocking import store
from comanda.contexts.stocking.hold_stock import release_expired
from comanda.messaging.service import Service
from comanda.platform.database import is_transient

EXPIRY_EVERY_S = 5.0
OVERDUE_EVERY_S = 30.0

_logger = structlog.get_logger(__name__)


async def expire_holds(service: Service) -> None:
    """Until the service stops: free what was set aside by request and is past its time."""
    while not await service.pause(EXPIRY_EVERY_S):
        try:
            ended = 1
            while ended:
                async with service.begin() as work:
                    ended = await release_expired(service, work)
        except Exception as error:
            if not is_transient(error):
                raise
            _logger.warning("stocking.expiry_tried_again", error=str(error))


async def watch_orders(service: Service) -> None:
    """Until the service stops: note orders whose goods stay set aside for too long. Only ordering may end those."""
    while not await service.pause(OVERDUE_EVERY_S):
        try:
            async with service.begin() as work:
                await store.find_overdue(work.connection, work.now)
        except Exception as error:
            if not is_transient(error):
                raise
            _logger.warning("stocking.watch_tried_again", error=str(error))
