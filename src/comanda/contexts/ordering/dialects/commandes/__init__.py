"""The dialect `commandes`: every order as one row of seven columns, for staff and services, in French. Port 8001."""

from comanda.contexts.ordering.dialects.dialect import Dialect, Surface

_DESCRIPTION = """Un microservice REST dédié **uniquement** à la gestion des commandes.

Tous les endpoints (sauf `/`) nécessitent un token Bearer du personnel ou d'un service :

```bash
curl -H "Authorization: Bearer TOKEN" http://localhost:8001/commandes
```

## Statuts des commandes

- `pending` - En attente de traitement
- `processing` - En cours de traitement
- `completed` - Commande terminée
- `cancelled` - Commande annulée

## Commandes enregistrées et commandes gérées

Une commande créée ici est *enregistrée* : elle est conservée, listée et comptée, se modifie et se supprime librement,
et ne déclenche rien. Une commande passée dans la boutique est *gérée* par son processus : seul son statut s'écrit ici
(`cancelled` l'annule), toute autre modification répond 409.

Les montants sont des nombres décimaux dans une seule devise (paramètre `ordering.commandes_currency`) ; le montant
d'une commande dans une autre devise est `null`. Les dates sont en UTC."""


def _surface() -> Surface:
    from comanda.contexts.ordering.dialects.commandes.access import ACCESS
    from comanda.contexts.ordering.dialects.commandes.api import router

    return Surface((router,), ACCESS)


dialect = Dialect(
    name="commandes",
    title="Microservice Commandes",
    port=8001,
    description=_DESCRIPTION,
    surface=_surface,
    language="fr",
    version="3.0.0",
)
