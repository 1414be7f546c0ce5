"""Paying's card: what the runtime has to know of it."""

from secrets import token_bytes

from comanda.contexts.paying import personal_data
from comanda.contexts.paying.access import ACCESS
from comanda.contexts.paying.api import router
from comanda.contexts.paying.compare_with_provider import PER_MINUTE, compare_in_the_background
from comanda.contexts.paying.deadlines import watch_deadlines
from comanda.contexts.paying.erasing import erase_customers
from comanda.contexts.paying.reactions import reactions
from comanda.contexts.paying.till import call_the_provider, make_load, till_of
from comanda.contexts.paying.webhooks import make_secrets
from comanda.messaging.personal_data import PERSONAL_DATA_ACCESS
from comanda.messaging.service import Context, Service


async def start(service: Service) -> None:
    """Have a provider, and a secret for its webhooks."""
    till_of(service)
    async with service.database.acquire() as connection:
        await make_secrets(connection, token_bytes(32))


card = Context(
    name="paying",
    title="Paying",
    port=9006,
    routers=(router, personal_data.router),
    access=ACCESS | PERSONAL_DATA_ACCESS,
    reactions=reactions,
    make_load=make_load,
    pacing=True,
    start=start,
    settings=(PER_MINUTE,),
    background=(call_the_provider, watch_deadlines, compare_in_the_background, erase_customers),
    description="Payment intents, captures, voids and refunds, behind a provider port.",
)
