"""Reporting's card. Its consumer waits a second after the first event, so that most of an order is one write."""

from comanda.contexts.reporting.access import ACCESS
from comanda.contexts.reporting.api import router
from comanda.contexts.reporting.books import make_load
from comanda.contexts.reporting.reactions import reactions
from comanda.contexts.reporting.rebuild_job import work_off
from comanda.contexts.reporting.settings import SETTINGS
from comanda.messaging.service import Context

card = Context(
    name="reporting",
    title="Reporting",
    port=9012,
    routers=(router,),
    access=ACCESS,
    reactions=reactions,
    make_load=make_load,
    from_start=True,
    linger_s=1.0,
    settings=SETTINGS,
    background=(work_off,),
    description="Sales, top products, orders by status and the funnel, from a read model that the log can rebuild.",
)
