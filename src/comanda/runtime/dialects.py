"""Which dialects there are: their cards, in the order of their ports. Cheap to import."""

from comanda.contexts.ordering.dialects.checkout import dialect as checkout
from comanda.contexts.ordering.dialects.commandes import dialect as commandes
from comanda.contexts.ordering.dialects.dialect import Dialect
from comanda.contexts.ordering.dialects.pedidos import dialect as pedidos
from comanda.contexts.ordering.dialects.workflow import dialect as workflow

DIALECTS: tuple[Dialect, ...] = (commandes, workflow, checkout, pedidos)
