"""Ordering's card: what the runtime has to know of it."""

from comanda.contexts.ordering.access import ACCESS
from comanda.contexts.ordering.api import hot, router
from comanda.contexts.ordering.orders_in_batch import make_load
from comanda.contexts.ordering.reactions import reactions
from comanda.contexts.ordering.settings import SETTINGS
from comanda.contexts.ordering.start import start, stop
from comanda.messaging.service import Context

card = Context(
    name="ordering",
    title="Ordering",
    description="Orders from the click to completed: quote, placing, state and facets, timeline, cancellation, returns.",
    port=9005,
    routers=(hot, router),
    access=ACCESS,
    reactions=reactions,
    make_load=make_load,
    settings=SETTINGS,
    start=start,
    stop=stop,
    pacing=True,
)
