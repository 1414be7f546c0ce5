"""Les routes du dialecte `commandes`."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query
from pydantic import StringConstraints
from starlette.responses import Response

from comanda.contexts.ordering.contract.views import OrderView
from comanda.contexts.ordering.dialects.calls import DialectCall, DialectCallDep
from comanda.contexts.ordering.dialects.commandes.amounts import as_decimal
from comanda.contexts.ordering.dialects.commandes.bodies import (
    Commande,
    CommandeBody,
    CommandeChanges,
    CommandeView,
    InformationView,
    StatsView,
    encode,
    recorded,
)
from comanda.contexts.ordering.dialects.commandes.exact import ExactRoute
from comanda.contexts.ordering.dialects.commandes.listing import MOST_LISTED, MOST_SKIPPED, Wanted, commandes
from comanda.contexts.ordering.dialects.commandes.words import STATUSES, WORDS, Statut
from comanda.contexts.ordering.dialects.writing import write_status
from comanda.kernel.errors import ComandaError, Conflict, NotFound
from comanda.kernel.money import Money
from comanda.messaging.service import json_response
from comanda.platform.http.fields import Printable

router = APIRouter(route_class=ExactRoute)

NAME, VERSION = "Microservice Commandes", "3.0.0"
LARGEST_ID = 2**63 - 1

Id = Annotated[int, Path(description="Identifiant de la commande", examples=[1])]
OrderId = Annotated[str, Path(description="Référence de la commande", examples=["CMD001"]), Printable]
CustomerId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=50),
    Printable,
]
Skip = Annotated[int, Query(ge=0, le=MOST_SKIPPED, description="Nombre de commandes à sauter")]
Limit = Annotated[int, Query(ge=1, le=MOST_LISTED, description="Nombre de commandes au plus")]
Cursor = Annotated[str | None, Query(max_length=500, description="Donné par l'en-tête `Link` ; remplace alors `skip`")]

AWAY: dict[int | str, dict[str, Any]] = {
    503: {"model": InformationView, "description": "Les commandes ne sont pas disponibles : `status` le dit"}
}
LISTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Les commandes, les plus récentes d'abord",
        "headers": {"Link": {"description": 'La suite de la liste : `<…>; rel="next"`', "schema": {"type": "string"}}},
    }
}
TAKEN: dict[int | str, dict[str, Any]] = {409: {"description": "Une autre commande a cet `order_id`"}}
MANAGED: dict[int | str, dict[str, Any]] = {409: {"description": "Une commande gérée par son processus"}}
ASKED: dict[int | str, dict[str, Any]] = {
    202: {"model": CommandeView, "description": "La modification est demandée et se verra dans un instant"}
}


class OtherCurrency(Conflict):
    """The order's amount is in another currency than the one that amounts are given in here."""

    code = "other-currency"


@router.get("/", tags=["Informations"], response_model=InformationView, responses=AWAY)
async def informations(call: DialectCallDep) -> Response:
    """Health check et informations sur le microservice. Sans token."""
    try:
        is_ready = (await call.outbound("ordering").call("GET", "/health/ready")).status == 200
    except ComandaError:
        is_ready = False
    status = "ok" if is_ready else "unavailable"
    return json_response({"service": NAME, "version": VERSION, "status": status}, 200 if is_ready else 503)


@router.get("/stats", tags=["Statistiques"], response_model=StatsView)
async def stats(call: DialectCallDep) -> Response:
    """Statistiques des commandes avec répartition par statut."""
    currency = await call.ordering.currency()
    figures = await call.ordering.statistics()
    per_word = dict.fromkeys(WORDS.all, 0)
    for status, count in figures.by_status.items():
        per_word[STATUSES[status]] += count
    total = sum(
        money.amount for sums in figures.amounts_by_status.values() for money in sums if money.currency == currency
    )
    answer = {
        "total_commandes": figures.orders,
        "total_amount": as_decimal(Money(total, currency)),
        "par_statut": per_word,
    }
    return json_response(encode(answer))


@router.get("/commandes", tags=["Commandes"], response_model=list[CommandeView], responses=LISTED)
async def lister(
    call: DialectCallDep,
    status: Annotated[Statut | None, Query(description="Statut des commandes")] = None,
    customer_id: Annotated[CustomerId | None, Query(description="Client des commandes")] = None,
    skip: Skip = 0,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Liste des commandes (avec filtres optionnels), les plus récentes d'abord."""
    wanted = Wanted(status=status, customer_id=customer_id, skip=skip, limit=limit, cursor=cursor)
    return await commandes(call.ordering, wanted, call.request.url)


@router.post("/commandes", tags=["Commandes"], status_code=201, response_model=CommandeView, responses=TAKEN)
async def creer(body: CommandeBody, call: DialectCallDep) -> Response:
    """Créer une commande.

    Elle est enregistrée et ne déclenche rien. Avec `Idempotency-Key`, au plus une fois.
    """
    currency = await call.ordering.currency()
    order = await call.ordering.record(recorded(body, currency), key=call.key)
    response = json_response(encode(Commande.of(order, currency)), 201)
    response.headers["Location"] = f"/commandes/{order.number}"
    return response


@router.get("/commandes/order/{order_id:path}", tags=["Commandes"], response_model=CommandeView)
async def lire_par_order_id(order_id: OrderId, call: DialectCallDep) -> Response:
    """Commande par order_id."""
    return await _answer(call, await call.ordering.order_referenced(order_id))


@router.get(
    "/commandes/customer/{customer_id:path}",
    tags=["Commandes"],
    response_model=list[CommandeView],
    responses=LISTED,
)
async def lister_par_client(
    customer_id: Annotated[CustomerId, Path(description="Client des commandes", examples=["CLIENT123"])],
    call: DialectCallDep,
    skip: Skip = 0,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Commandes d'un client."""
    wanted = Wanted(customer_id=customer_id, skip=skip, limit=limit, cursor=cursor)
    return await commandes(call.ordering, wanted, call.request.url)


@router.get("/commandes/status/{status}", tags=["Statuts"], response_model=list[CommandeView], responses=LISTED)
async def lister_par_statut(
    status: Annotated[Statut, Path(description="Statut des commandes")],
    call: DialectCallDep,
    skip: Skip = 0,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Commandes par statut."""
    wanted = Wanted(status=status, skip=skip, limit=limit, cursor=cursor)
    return await commandes(call.ordering, wanted, call.request.url)


@router.get("/commandes/{id}", tags=["Commandes"], response_model=CommandeView)
async def lire(id: Id, call: DialectCallDep) -> Response:
    """Commande par ID."""
    return await _answer(call, await _numbered(call, id))


@router.put("/commandes/{id}", tags=["Commandes"], response_model=CommandeView, responses={**ASKED, **MANAGED})
async def modifier(id: Id, body: CommandeChanges, call: DialectCallDep) -> Response:
    """Modifier une commande.

    Une commande enregistrée change dans tous ses champs ; d'une commande gérée par son processus, seul le statut
    s'écrit (sinon 409).
    """
    order = await _numbered(call, id)
    if body.only_status:
        return await _answer(call, order) if body.status is None else await _write(call, order, body.status)
    currency = await call.ordering.currency()
    if body.total_amount is not None and order.totals.total.currency != currency:
        raise OtherCurrency(f"The order's amount is in {order.totals.total.currency}.")
    return await _answer(call, await call.ordering.change(order.id, recorded(body, currency)))


@router.delete("/commandes/{id}", tags=["Commandes"], status_code=204, responses=MANAGED)
async def supprimer(id: Id, call: DialectCallDep) -> Response:
    """Supprimer une commande.

    Une commande enregistrée disparaît des listes et libère son `order_id` ; une commande gérée répond 409.
    """
    await call.ordering.delete((await _numbered(call, id)).id)
    return Response(status_code=204)


@router.put("/commandes/{id}/status", tags=["Statuts"], response_model=CommandeView, responses={**ASKED, **MANAGED})
async def modifier_statut(
    id: Id,
    status: Annotated[Statut, Body(description="Une chaîne JSON", examples=["processing"])],
    call: DialectCallDep,
) -> Response:
    """Mettre à jour le statut d'une commande.

    Le corps est la chaîne JSON elle-même : `"processing"`. Le statut présent d'une commande gérée ne change rien,
    `cancelled` l'annule, tout autre répond 409.
    """
    return await _write(call, await _numbered(call, id), status)


async def _numbered(call: DialectCall, id: int) -> OrderView:
    if not 0 <= id <= LARGEST_ID:
        raise NotFound("There is no such order.", cause="no-such-order")
    return await call.ordering.order_numbered(id)


async def _write(call: DialectCall, order: OrderView, status: Statut) -> Response:
    written = await write_status(call.ordering, WORDS, order.id, status)
    return await _answer(call, written.order, written.status)


async def _answer(call: DialectCall, order: OrderView, status: int = 200) -> Response:
    return json_response(encode(Commande.of(order, await call.ordering.currency())), status)
