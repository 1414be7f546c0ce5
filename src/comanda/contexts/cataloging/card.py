"""Cataloging's card: what the runtime has to know of it."""

from comanda.contexts.cataloging.access import ACCESS
from comanda.contexts.cataloging.api import hot, router
from comanda.messaging.service import Context

card = Context(
    name="cataloging",
    title="Cataloging",
    port=9002,
    description="Products, categories, prices, and the search over them.",
    routers=(router, hot),
    access=ACCESS,
)
