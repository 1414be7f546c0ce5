"""Les routes du dialecte `workflow`."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from comanda.contexts.ordering.dialects.calls import DialectCallDep
from comanda.contexts.ordering.dialects.workflow.views import (
    Commande,
    Commandes,
    Etape,
    Historique,
    Status,
    commande_of,
)
from comanda.contexts.ordering.dialects.workflow.words import WORDS
from comanda.contexts.ordering.dialects.writing import cancel
from comanda.contexts.ordering.requests import PlaceOrderBody
from comanda.kernel.permissions import ORDERS_READ, ORDERS_WRITE
from comanda.messaging.service import json_response
from comanda.platform.http.access import SIGNED_IN, SIGNED_IN_OWNER, AccessTable
from comanda.platform.http.fields import Body, Paragraph
from comanda.platform.http.pages import LARGEST_PAGE
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute, tags=["commandes"])

ACCESS: AccessTable = {
    "POST /orders": SIGNED_IN.and_staff(ORDERS_WRITE),
    "GET /orders": SIGNED_IN_OWNER.and_staff(ORDERS_READ),
    "GET /orders/{id}": SIGNED_IN_OWNER.and_staff(ORDERS_READ),
    "GET /orders/{id}/history": SIGNED_IN_OWNER.and_staff(ORDERS_READ),
    "POST /orders/{id}/cancel": SIGNED_IN_OWNER.and_staff(ORDERS_WRITE),
}

OrderId = Annotated[str, Path(max_length=50, description="L'identifiant de la commande.")]


class Annulation(Body):
    """Pourquoi la commande est annulée."""

    reason: Paragraph | None = None


@router.post("/orders", status_code=201, response_model=Commande)
async def creer(body: PlaceOrderBody, call: DialectCallDep) -> Response:
    """Crée une commande.

    Définit le statut initial à `CREATED`, enregistre la commande et envoie une demande de réservation d'inventaire.
    La suite se lit dans son statut. Avec `Idempotency-Key`, au plus une fois.
    """
    order = await call.ordering.place(body.model_dump(mode="json", exclude_unset=True), key=call.key)
    return json_response(commande_of(order).model_dump_json().encode(), 201)


@router.get("/orders")
async def lister(
    call: DialectCallDep,
    status: Annotated[list[Status] | None, Query(description="L'un de ces statuts.")] = None,
    customer_id: Annotated[str | None, Query(max_length=50, description="Personnel : d'un seul client.")] = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Nombre de commandes par page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=500, description="`next_cursor` de la page précédente.")] = None,
) -> Commandes:
    """Liste les commandes, les plus récentes d'abord. Un client voit les siennes."""
    query: dict[str, Any] = {"limit": limit}
    query |= {name: value for name, value in (("customer_id", customer_id), ("cursor", cursor)) if value is not None}
    if status:
        query["status"] = [shade for word in status for shade in WORDS.shades(word)]
    page = await call.ordering.orders(query)
    return Commandes(items=[commande_of(order) for order in page.items], next_cursor=page.next_cursor)


@router.get("/orders/{id}")
async def lire(id: OrderId, call: DialectCallDep) -> Commande:
    """Retourne une commande et son statut."""
    return commande_of(await call.ordering.order(id))


@router.get("/orders/{id}/history")
async def historique(id: OrderId, call: DialectCallDep) -> Historique:
    """Retourne l'historique des statuts d'une commande : quand, pourquoi, par qui."""
    timeline = await call.ordering.timeline(id)
    steps = [
        Etape(
            status=entry.changes["status"].upper(), at=entry.at, cause=entry.cause, actor=entry.actor, trace=entry.trace
        )
        for entry in timeline.items
        if "status" in entry.changes
    ]
    return Historique(items=steps)


@router.post(
    "/orders/{id}/cancel",
    response_model=Commande,
    responses={202: {"model": Commande, "description": "La livraison a été priée de dire si c'est encore possible."}},
)
async def annuler(id: OrderId, call: DialectCallDep, body: Annulation | None = None) -> Response:
    """Annule une commande : aussitôt avant le paiement (200), ensuite dès que la livraison y consent (202).

    409 quand le colis est parti ou que la commande a échoué.
    """
    done = await cancel(call.ordering, id, body.reason if body else None, call.key)
    return json_response(commande_of(done.order).model_dump_json().encode(), done.status)
