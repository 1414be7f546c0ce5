"""Stocking's card: what the runtime has to know of it."""

from comanda.contexts.stocking.access import ACCESS
from comanda.contexts.stocking.api import router
from comanda.contexts.stocking.reactions import reactions
from comanda.contexts.stocking.sweeps import expire_holds, watch_orders
from comanda.contexts.stocking.working_set import THRESHOLD, make_load
from comanda.messaging.service import Context
from comanda.messaging.settings import Setting

SETTINGS = (
    Setting(
        THRESHOLD,
        int,
        5,
        "How many available pieces of a product count as low, where the product has no mark of its own.",
        minimum=0,
        maximum=1_000_000_000,
    ),
)

card = Context(
    name="stocking",
    title="Stocking",
    port=9003,
    description="Stock levels, reservations, the ledger of movements, alerts.",
    routers=(router,),
    access=ACCESS,
    reactions=reactions,
    make_load=make_load,
    pacing=True,
    settings=SETTINGS,
    background=(expire_holds, watch_orders),
)
