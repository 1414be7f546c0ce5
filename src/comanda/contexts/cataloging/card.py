"""Cataloging's card: what the runtime has to know of it."""

from comanda.contexts.cataloging import api, category_api, search_api
from comanda.contexts.cataloging.access import ACCESS
from comanda.contexts.cataloging.lookup import watch_writes
from comanda.contexts.cataloging.sellers import make_load, reactions, tell_availability
from comanda.messaging.service import Context

card = Context(
    name="cataloging",
    title="Cataloging",
    port=9002,
    description="Products, categories, prices, and the search over them.",
    routers=(api.router, api.hot, search_api.router, category_api.router),
    access=ACCESS,
    reactions=reactions,
    make_load=make_load,
    background=(tell_availability,),
    start=watch_writes,
)
