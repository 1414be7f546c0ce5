"""Products over HTTP."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from comanda.contexts.cataloging.bodies import ImportBody, LookupBody
from comanda.contexts.cataloging.contract.views import ImportedView
from comanda.contexts.cataloging.import_products import import_products, read_products
from comanda.contexts.cataloging.lookup import lookup_of
from comanda.messaging.service import CallDep, call_of
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.http.routing import CheckedRoute, HotRoute

router = APIRouter(route_class=CheckedRoute)
hot = APIRouter(route_class=HotRoute)


@router.post("/products/import", response_model=ImportedView)
async def import_many(body: ImportBody, call: CallDep) -> Response:
    """Create and change up to 1,000 products. Wrong ones are named in `rejected`, the others are taken."""

    async def effect(work: UnitOfWork) -> ImportedView:
        return await import_products(read_products(body.products), work)

    answer = await call.once(effect)
    lookup_of(call.service).written()
    return answer


@hot.post("/products/lookup")
async def look_up(request: Request, body: LookupBody) -> Response:
    """What orders and carts have to know of products: the known ones of those named."""
    found = await lookup_of(call_of(request).service).find(body.skus)
    return Response(b'{"items":[' + b",".join(found) + b"]}", media_type="application/json")
