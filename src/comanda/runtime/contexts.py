"""Which contexts there are: the cards of all services, in the order of their ports."""

from comanda.contexts.administering.card import card as administering
from comanda.contexts.billing.card import card as billing
from comanda.contexts.carting.card import card as carting
from comanda.contexts.cataloging.card import card as cataloging
from comanda.contexts.notifying.card import card as notifying
from comanda.contexts.ordering.card import card as ordering
from comanda.contexts.paying.card import card as paying
from comanda.contexts.profiling.card import card as profiling
from comanda.contexts.reporting.card import card as reporting
from comanda.contexts.shipping.card import card as shipping
from comanda.contexts.stocking.card import card as stocking
from comanda.messaging.service import Context

CONTEXTS: tuple[Context, ...] = (
    profiling,
    cataloging,
    stocking,
    carting,
    ordering,
    paying,
    billing,
    shipping,
    administering,
    notifying,
    reporting,
)
