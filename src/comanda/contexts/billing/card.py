"""Billing's card: what the runtime has to know of it."""

from comanda.contexts.billing import personal_data
from comanda.contexts.billing.access import ACCESS
from comanda.contexts.billing.api import router
from comanda.contexts.billing.erasing import erase_customers
from comanda.contexts.billing.papers import make_load
from comanda.contexts.billing.reactions import reactions
from comanda.contexts.billing.settings import SETTINGS
from comanda.messaging.personal_data import PERSONAL_DATA_ACCESS
from comanda.messaging.service import Context

card = Context(
    name="billing",
    title="Billing",
    description="Draft and issued invoices, credit notes, gapless numbers, VAT rates.",
    port=9007,
    routers=(router, personal_data.router),
    access=ACCESS | PERSONAL_DATA_ACCESS,
    reactions=reactions,
    make_load=make_load,
    pacing=True,
    linger_s=0.15,
    settings=SETTINGS,
    background=(erase_customers,),
)
