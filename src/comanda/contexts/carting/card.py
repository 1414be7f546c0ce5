"""Carting's card."""

from comanda.contexts.carting import personal_data
from comanda.contexts.carting.access import ACCESS
from comanda.contexts.carting.api import hot, router
from comanda.contexts.carting.closing import load
from comanda.contexts.carting.expire_carts import sweep
from comanda.contexts.carting.reactions import reactions
from comanda.contexts.carting.settings import SETTINGS
from comanda.messaging.personal_data import PERSONAL_DATA_ACCESS
from comanda.messaging.service import Context

card = Context(
    name="carting",
    title="Carting",
    port=9004,
    routers=(router, hot, personal_data.router),
    access=ACCESS | PERSONAL_DATA_ACCESS,
    reactions=reactions,
    make_load=lambda service: load,
    settings=SETTINGS,
    background=(sweep,),
    linger_s=0.15,
    by_key=True,
    description="Carts of guests and customers, at live prices.",
)
