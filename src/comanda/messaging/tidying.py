"""What every service keeps for a time only: idempotency keys, a day."""

from comanda.messaging.background import every, in_pieces
from comanda.messaging.service import Service
from comanda.platform.idempotency import PIECE, forget_old

PAUSE_S = 60.0


async def tidy_up(service: Service) -> None:
    """Until the service stops: forget what is old, piece by piece."""
    await every(service, PAUSE_S, lambda: in_pieces(service, forget_old, PIECE), "tidying.tried_again")
