"""The dialect `workflow`: it calls itself `order`, writes statuses in capitals and documents in French. Port 8084."""

from comanda.contexts.ordering.dialects.dialect import Dialect, Surface

_DESCRIPTION = """Gère le processus de commande depuis la validation du panier, à la réservation, au paiement jusqu'au
déclenchement de la livraison.

```
CREATED → RESERVED → PAID → SHIPPING_SCHEDULED → COMPLETED
```

- `CREATED` : état initial de la commande
- `RESERVED` : inventaire réservé
- `PAID` : paiement traité
- `SHIPPING_SCHEDULED` : expédition organisée
- `COMPLETED` : commande exécutée
- `CANCELED` : commande annulée
- `FAILED` : échec du traitement de la commande

`CANCELED` et `FAILED` sont finaux. Les montants sont en unités mineures (centimes), taxes comprises."""


def _surface() -> Surface:
    from comanda.contexts.ordering.dialects.workflow.api import ACCESS, router

    return Surface((router,), ACCESS)


dialect = Dialect(
    name="workflow",
    title="order",
    port=8084,
    description=_DESCRIPTION,
    surface=_surface,
    language="fr",
)
