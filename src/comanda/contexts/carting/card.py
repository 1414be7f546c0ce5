"""Carting's card."""

from comanda.contexts.carting.access import ACCESS
from comanda.contexts.carting.api import hot, router
from comanda.contexts.carting.settings import SETTINGS
from comanda.messaging.service import Context

card = Context(
    name="carting",
    title="Carting",
    port=9004,
    routers=(router, hot),
    access=ACCESS,
    settings=SETTINGS,
    description="Carts of guests and customers, at live prices.",
)
