"""Administering's card."""

from comanda.contexts.administering import personal_data
from comanda.contexts.administering.access import ACCESS
from comanda.contexts.administering.api import router
from comanda.contexts.administering.audit_log import make_load, reactions
from comanda.messaging.personal_data import PERSONAL_DATA_ACCESS
from comanda.messaging.service import Context

card = Context(
    name="administering",
    title="Administering",
    port=9009,
    routers=(router, personal_data.router),
    access=ACCESS | PERSONAL_DATA_ACCESS,
    reactions=reactions,
    make_load=make_load,
    linger_s=1.0,
    description="Sellers, the settings of the whole system, and the audit log of what staff did.",
)
