"""Profiling's card."""

from comanda.contexts.profiling import signing_keys
from comanda.contexts.profiling.access import ACCESS
from comanda.contexts.profiling.api import router
from comanda.messaging.service import Context, Service


async def start(service: Service) -> None:
    """Have a key to sign with before the first token is asked for."""
    async with service.database.acquire() as connection:
        await signing_keys.signing_key(connection)


card = Context(
    name="profiling",
    title="Profiling",
    port=9001,
    routers=(router,),
    access=ACCESS,
    start=start,
    description="Customers, their addresses and status, sessions and tokens.",
)
