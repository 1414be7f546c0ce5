"""Notifying's card."""

from comanda.contexts.notifying import api, personal_data, templates_api
from comanda.contexts.notifying.access import ACCESS
from comanda.contexts.notifying.desk import make_load
from comanda.contexts.notifying.erasing import erase_customers
from comanda.contexts.notifying.reactions import reactions
from comanda.contexts.notifying.settings import SETTINGS
from comanda.contexts.notifying.templates import install
from comanda.messaging.personal_data import PERSONAL_DATA_ACCESS
from comanda.messaging.service import Context

card = Context(
    name="notifying",
    title="Notifying",
    port=9011,
    routers=(api.router, templates_api.router, personal_data.router),
    access=ACCESS | PERSONAL_DATA_ACCESS,
    reactions=reactions,
    make_load=make_load,
    pacing=True,
    linger_s=0.15,
    settings=SETTINGS,
    background=(erase_customers,),
    start=install,
    description="Messages to buyers, account owners and staff: texts, the delivery log, preferences, the mailbox.",
)
