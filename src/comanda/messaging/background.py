"""What background tasks have in common: work that is done again and again, in pieces, while a database may be away."""

from collections.abc import Awaitable, Callable

import structlog

from comanda.messaging.log import Connection
from comanda.messaging.service import Service
from comanda.platform.database import is_transient

_logger = structlog.get_logger(__name__)


async def every(
    service: Service,
    seconds: float,
    work: Callable[[], Awaitable[object]],
    put_off: str,
    *,
    passing: tuple[type[Exception], ...] = (),
) -> None:
    """Until the service stops: pause, then work, again and again.

    What passes, such as a database that is away, or one of `passing`, puts the work off to the next time, and
    `put_off` is what the log says then. Anything else is raised.
    """
    while not await service.pause(seconds):
        try:
            await work()
        except Exception as error:
            if not (is_transient(error) or isinstance(error, passing)):
                raise
            _logger.warning(put_off, service=service.name, error=str(error))


async def in_pieces(service: Service, piece: Callable[[Connection], Awaitable[int]], size: int) -> None:
    """Work off one piece after the other, each its own transaction, until one is smaller than `size`."""
    async with service.database.acquire() as connection:
        while await piece(connection) == size:
            pass
