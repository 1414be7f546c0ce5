"""Shipping's card: what the runtime has to know of it."""

from comanda.contexts.shipping import personal_data
from comanda.contexts.shipping.access import ACCESS
from comanda.contexts.shipping.api import router
from comanda.contexts.shipping.carrier_api import router as carrier_router
from comanda.contexts.shipping.carriers import keep_fresh, start
from comanda.contexts.shipping.erasing import erase_customers
from comanda.contexts.shipping.reactions import reactions
from comanda.contexts.shipping.settings import SETTINGS
from comanda.contexts.shipping.shipments import make_load
from comanda.messaging.personal_data import PERSONAL_DATA_ACCESS
from comanda.messaging.service import Context

card = Context(
    name="shipping",
    title="Shipping",
    description="Carriers, rates, shipments, tracking, returns.",
    port=9008,
    routers=(carrier_router, router, personal_data.router),
    access=ACCESS | PERSONAL_DATA_ACCESS,
    reactions=reactions,
    make_load=make_load,
    pacing=True,
    settings=SETTINGS,
    background=(keep_fresh, erase_customers),
    start=start,
)
