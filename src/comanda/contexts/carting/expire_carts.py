"""What becomes of carts that nobody comes back to: abandoned first, closed much later."""

from datetime import timedelta

from comanda.contexts.carting import store
from comanda.contexts.carting.contract.events import CartAbandoned
from comanda.messaging.background import every
from comanda.messaging.service import Service

SWEEP_S = 60.0
PIECE = 500


async def sweep(service: Service) -> None:
    """Look for forgotten carts once a minute, for as long as the service runs."""
    await every(service, SWEEP_S, lambda: sweep_once(service), "carts.sweep_put_off")


async def sweep_once(service: Service) -> None:
    """Abandon and expire what is due, in pieces, and let go of the carts of erased customers."""
    while await _abandon(service) == PIECE:
        pass
    while await _expire(service) == PIECE:
        pass
    async with service.begin() as work:
        await store.forget_erased(work.connection, work.now)


async def _abandon(service: Service) -> int:
    """Publishes CartAbandoned once for each cart that holds something."""
    async with service.begin() as work:
        limit = work.now - timedelta(hours=service.settings["carting.abandoned_after_hours"])
        carts = await store.abandon(work.connection, limit, PIECE)
        work.publish(
            *(CartAbandoned(cart_id=cart["id"], customer_id=cart["customer_id"]) for cart in carts if cart["filled"])
        )
        return len(carts)


async def _expire(service: Service) -> int:
    async with service.begin() as work:
        limit = work.now - timedelta(days=service.settings["carting.expires_after_days"])
        return await store.expire(work.connection, limit, work.now, PIECE)
