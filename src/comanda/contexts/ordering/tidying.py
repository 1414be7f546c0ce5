"""What is kept for a time only: idempotency keys, a day."""

import structlog

from comanda.messaging.log import Connection
from comanda.messaging.service import Service
from comanda.platform.database import is_transient
from comanda.platform.idempotency import KEPT_HOURS

PIECE = 5_000
PAUSE_S = 60.0

_FORGET = """
    delete from idempotency_keys
    where (scope, key) in (
        select scope, key
        from idempotency_keys
        where created_at < clock_timestamp() - make_interval(hours => $1)
        order by created_at
        limit $2
        for update skip locked
    )
"""

_logger = structlog.get_logger(__name__)


async def tidy_up(service: Service) -> None:
    """Until the service stops: forget what is old, piece by piece."""
    while not await service.pause(PAUSE_S):
        try:
            async with service.database.acquire() as connection:
                while await forget_old_keys(connection) == PIECE:
                    pass
        except Exception as error:
            if not is_transient(error):
                raise
            _logger.warning("ordering.tidying_tried_again", error=str(error))


async def forget_old_keys(connection: Connection) -> int:
    """Forget up to `PIECE` keys that are older than a day; how many there were."""
    deleted = await connection.execute(_FORGET, KEPT_HOURS, PIECE)
    return int(deleted.rpartition(" ")[2])
