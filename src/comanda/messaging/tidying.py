"""What every service keeps for a time only: idempotency keys, a day."""

import structlog

from comanda.messaging.service import Service
from comanda.platform.database import is_transient
from comanda.platform.idempotency import PIECE, forget_old

PAUSE_S = 60.0

_logger = structlog.get_logger(__name__)


async def tidy_up(service: Service) -> None:
    """Until the service stops: forget what is old, piece by piece."""
    while not await service.pause(PAUSE_S):
        try:
            async with service.database.acquire() as connection:
                while await forget_old(connection) == PIECE:
                    pass
        except Exception as error:
            if not is_transient(error):
                raise
            _logger.warning("tidying.tried_again", service=service.name, error=str(error))
