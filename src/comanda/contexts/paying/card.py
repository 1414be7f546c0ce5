"""Paying's card."""

from comanda.contexts.paying.access import ACCESS
from comanda.contexts.paying.api import router
from comanda.contexts.paying.payments import make_load
from comanda.contexts.paying.reactions import reactions
from comanda.messaging.service import Context

card = Context(
    name="paying",
    title="Paying",
    port=9006,
    routers=(router,),
    access=ACCESS,
    reactions=reactions,
    make_load=make_load,
    pacing=True,
    description="Payment intents, captures, voids and refunds, behind a provider port.",
)
