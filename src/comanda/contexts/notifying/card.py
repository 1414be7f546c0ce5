"""Notifying's card."""

from comanda.contexts.notifying import api, templates_api
from comanda.contexts.notifying.access import ACCESS
from comanda.contexts.notifying.desk import make_load
from comanda.contexts.notifying.reactions import reactions
from comanda.contexts.notifying.settings import SETTINGS
from comanda.contexts.notifying.templates import install
from comanda.messaging.service import Context

card = Context(
    name="notifying",
    title="Notifying",
    port=9011,
    routers=(api.router, templates_api.router),
    access=ACCESS,
    reactions=reactions,
    make_load=make_load,
    pacing=True,
    settings=SETTINGS,
    start=install,
    description="Messages to buyers, account owners and staff: texts, the delivery log, preferences, the mailbox.",
)
