"""Categories over HTTP."""

from fastapi import APIRouter
from starlette.responses import Response

from comanda.contexts.cataloging import category_store
from comanda.contexts.cataloging.bodies import CategoryBody, CategoryChanges
from comanda.contexts.cataloging.category import Category, Tree
from comanda.contexts.cataloging.contract.views import CategoryList, CategoryView
from comanda.contexts.cataloging.errors import UnknownCategory
from comanda.contexts.cataloging.manage_categories import change_category, create_category, delete_category
from comanda.contexts.cataloging.versions import seen_versions
from comanda.messaging.service import CallDep
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.http.etag import etag
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute)


@router.get("/categories")
async def list_categories(call: CallDep) -> CategoryList:
    """The whole tree, each category before its children."""
    async with call.service.database.acquire() as connection:
        tree = await category_store.tree(connection)
    return CategoryList(items=[_view(tree, category.slug) for category in tree.in_order()])


@router.post("/categories", status_code=201, response_model=CategoryView)
async def add_category(body: CategoryBody, call: CallDep) -> Response:
    """Add a category. With an Idempotency-Key at most once."""

    async def effect(work: UnitOfWork) -> CategoryView:
        return _view(await create_category(Category(**dict(body)), work), body.slug)

    return await call.once(effect, status=201)


@router.get("/categories/{slug}")
async def get_category(slug: str, call: CallDep, response: Response) -> CategoryView:
    """One category."""
    async with call.service.database.acquire() as connection:
        tree = await category_store.tree(connection)
    return _tagged(tree, slug, response)


@router.patch("/categories/{slug}")
async def patch_category(slug: str, body: CategoryChanges, call: CallDep, response: Response) -> CategoryView:
    """Rename, move or reorder a category. `version` or If-Match guard against lost updates (412)."""
    async with call.begin() as work:
        versions = seen_versions(call.request, body.version)
        tree = await change_category(slug, body.changes(), versions, work)
    return _tagged(tree, slug, response)


@router.delete("/categories/{slug}", status_code=204)
async def remove_category(slug: str, call: CallDep) -> Response:
    """Remove a category that has neither products nor subcategories (else 409)."""
    async with call.begin() as work:
        await delete_category(slug, seen_versions(call.request, None), work)
    return Response(status_code=204)


def _tagged(tree: Tree, slug: str, response: Response) -> CategoryView:
    view = _view(tree, slug)
    response.headers["ETag"] = etag(view.version)
    return view


def _view(tree: Tree, slug: str) -> CategoryView:
    category = tree.categories.get(slug)
    if category is None:
        raise UnknownCategory(slug)
    return CategoryView(
        slug=category.slug,
        name=category.name,
        parent=category.parent,
        position=category.position,
        path=tree.path(slug),
        products=category.products,
        version=category.version,
    )
