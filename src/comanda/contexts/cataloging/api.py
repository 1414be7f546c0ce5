"""Products over HTTP."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from comanda.contexts.cataloging import listing
from comanda.contexts.cataloging.bodies import ImportBody, LookupBody, ProductBody, ProductChanges, ReplacedProduct
from comanda.contexts.cataloging.contract.views import ImportedView, LookupView, ProductPageView
from comanda.contexts.cataloging.errors import InvalidSku, UnknownProduct
from comanda.contexts.cataloging.import_products import import_products, read_products
from comanda.contexts.cataloging.lookup import lookup_of
from comanda.contexts.cataloging.manage_product import (
    change_product,
    create_product,
    replace_product,
    retire_product,
)
from comanda.contexts.cataloging.product import is_addressable
from comanda.contexts.cataloging.versions import seen_versions
from comanda.kernel.permissions import CATALOG_WRITE
from comanda.messaging.log import Connection
from comanda.messaging.service import Call, CallDep, call_of
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.http.etag import etag
from comanda.platform.http.routing import CheckedRoute, HotRoute

router = APIRouter(route_class=CheckedRoute)
hot = APIRouter(route_class=HotRoute)


@router.post("/products", status_code=201, response_model=ProductPageView)
async def add_product(body: ProductBody, call: CallDep) -> Response:
    """Put a product into the catalogue. With an Idempotency-Key at most once."""
    product = body.product()

    async def effect(work: UnitOfWork) -> ProductPageView:
        await create_product(product, work)
        return await _present(work.connection, product.sku)

    answer = await call.once(effect, status=201)
    lookup_of(call.service).written()
    return answer


@router.post("/products/import", response_model=ImportedView)
async def import_many_products(body: ImportBody, call: CallDep) -> Response:
    """Create and change up to 1,000 products. Wrong ones are named in `rejected`, the others are taken."""

    async def effect(work: UnitOfWork) -> ImportedView:
        return await import_products(read_products(body.products), work)

    answer = await call.once(effect)
    lookup_of(call.service).written()
    return answer


@hot.post("/products/lookup", responses={200: {"model": LookupView}})
async def look_up_products(request: Request, body: LookupBody) -> Response:
    """What orders and carts have to know of products: the known ones of those named."""
    found = await lookup_of(call_of(request).service).find(body.skus)
    return Response(b'{"items":[' + b",".join(found) + b"]}", media_type="application/json")


@router.get("/products/{sku}")
async def get_product(sku: str, call: CallDep, response: Response) -> ProductPageView:
    """One product. Drafts and retired ones are shown to staff and services only."""
    async with call.service.database.acquire() as connection:
        product = await listing.get_product(connection, _existing(sku))
    if product is None or (product.status != "active" and not call.principal.may(CATALOG_WRITE)):
        raise UnknownProduct(sku)
    return _tagged(product, response)


@router.put("/products/{sku}", responses={201: {"model": ProductPageView, "description": "It is a new product."}})
async def put_product(sku: str, body: ReplacedProduct, call: CallDep, response: Response) -> ProductPageView:
    """Write all values of a product (200), or add it (201). `version` or If-Match guard against lost updates (412)."""
    if not is_addressable(sku):
        raise InvalidSku(sku)
    async with call.begin() as work:
        created = await replace_product(body.product(sku), seen_versions(call.request, body.version), work)
        product = await _present(work.connection, sku)
    response.status_code = 201 if created else 200
    return _written(product, call, response)


@router.patch("/products/{sku}")
async def patch_product(sku: str, body: ProductChanges, call: CallDep, response: Response) -> ProductPageView:
    """Change some values of a product. `version` or If-Match guard against lost updates (412)."""
    async with call.begin() as work:
        versions = seen_versions(call.request, body.version)
        await change_product(_existing(sku), body.changes(), versions, work)
        product = await _present(work.connection, sku)
    return _written(product, call, response)


@router.delete("/products/{sku}", status_code=204)
async def delete_product(sku: str, call: CallDep) -> Response:
    """Retire a product: it is sold no more, and stays for the orders that name it. PATCH can make it active again."""
    async with call.begin() as work:
        await retire_product(_existing(sku), seen_versions(call.request, None), work)
    lookup_of(call.service).written()
    return Response(status_code=204)


async def _present(connection: Connection, sku: str) -> ProductPageView:
    product = await listing.get_product(connection, sku)
    if product is None:
        raise UnknownProduct(sku)
    return product


def _written(product: ProductPageView, call: Call, response: Response) -> ProductPageView:
    lookup_of(call.service).written()
    return _tagged(product, response)


def _tagged(product: ProductPageView, response: Response) -> ProductPageView:
    response.headers["ETag"] = etag(product.version)
    return product


def _existing(sku: str) -> str:
    """A sku from a URL. Raises UnknownProduct for what no product can be called."""
    if not is_addressable(sku):
        raise UnknownProduct(ascii(sku))
    return sku
