"""Ordering's card: what the runtime has to know of it."""

from comanda.contexts.ordering import erasing_api, links_api, personal_data
from comanda.contexts.ordering.access import ACCESS
from comanda.contexts.ordering.api import hot
from comanda.contexts.ordering.changing_api import router as changing
from comanda.contexts.ordering.erasing import erase_customers
from comanda.contexts.ordering.foreign.calls import call_foreign_services
from comanda.contexts.ordering.orders_in_batch import make_load
from comanda.contexts.ordering.reactions import reactions
from comanda.contexts.ordering.reading_api import router as reading
from comanda.contexts.ordering.reconciling import reconcile_orders
from comanda.contexts.ordering.returns_api import router as returns
from comanda.contexts.ordering.settings import SETTINGS
from comanda.contexts.ordering.start import start, stop
from comanda.contexts.ordering.sweeping import sweep_orders
from comanda.contexts.ordering.tasks_api import router as tasks
from comanda.contexts.ordering.watching import watch_orders
from comanda.messaging.personal_data import PERSONAL_DATA_ACCESS
from comanda.messaging.service import Context

card = Context(
    name="ordering",
    title="Ordering",
    description="Orders from the click to completed: quote, placing, state and facets, timeline, cancel, returns.",
    port=9005,
    routers=(hot, reading, changing, returns, tasks, links_api.router, erasing_api.router, personal_data.router),
    access=ACCESS | links_api.LINKS_ACCESS | erasing_api.ERASING_ACCESS | PERSONAL_DATA_ACCESS,
    reactions=reactions,
    make_load=make_load,
    settings=SETTINGS,
    background=(watch_orders, sweep_orders, reconcile_orders, erase_customers, call_foreign_services),
    start=start,
    stop=stop,
    pacing=True,
)
