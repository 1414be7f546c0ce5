"""Finding products over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from comanda.contexts.cataloging import category_store, listing
from comanda.contexts.cataloging.contract.views import FacetsView, FacetView, ProductPageView
from comanda.contexts.cataloging.listing import Sort, Wanted
from comanda.kernel.errors import Invalid
from comanda.kernel.permissions import CATALOG_WRITE
from comanda.messaging.service import CallDep
from comanda.platform.http.fields import LARGEST_AMOUNT
from comanda.platform.http.pages import Limit, Page, PageCursor
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute)

Price = Annotated[int | None, Query(ge=0, le=LARGEST_AMOUNT, description="In minor units.")]
Word = Annotated[str | None, Query(max_length=64)]


class InvalidFilter(Invalid):
    """Text that nothing in the catalogue can be compared with."""

    code = "invalid-filter"


async def wanted(
    call: CallDep,
    query: Annotated[str | None, Query(max_length=200, description="Words, or how they begin.")] = None,
    category: Annotated[str | None, Query(max_length=64, description="With all categories below it.")] = None,
    min_price: Price = None,
    max_price: Price = None,
    currency: Annotated[str | None, Query(pattern="^[A-Z]{3}$")] = None,
    seller: Word = None,
    status: Annotated[
        str | None,
        Query(pattern="^(draft|active|retired|any)$", description="Staff and services may ask for others than active."),
    ] = None,
    available: Annotated[bool, Query(description="Only what can be bought now.")] = False,
) -> Wanted:
    """The filters of a search for products."""
    for text in (query, category, seller):
        if text is not None and ("\x00" in text or any("\ud800" <= character <= "\udfff" for character in text)):
            raise InvalidFilter("NUL and lone surrogates are not allowed.")
    shown = status if status and call.principal.may(CATALOG_WRITE) else "active"
    return Wanted(
        query=query or None,
        category=category,
        min_price=min_price,
        max_price=max_price,
        currency=currency,
        seller=seller,
        status=None if shown == "any" else shown,
        available=available,
    )


WantedDep = Annotated[Wanted, Depends(wanted)]


@router.get("/products")
async def list_products(
    call: CallDep, wanted: WantedDep, sort: Sort | None = None, limit: Limit = 50, cursor: PageCursor = None
) -> Page[ProductPageView]:
    """Find products. Without `sort`: by relevance to `query`, else the newest first."""
    async with call.service.database.acquire() as connection:
        items, next_cursor = await listing.find_products(connection, wanted, sort=sort, cursor=cursor, limit=limit)
    return Page(items=items, next_cursor=next_cursor)


@router.get("/product-facets")
async def get_facets(call: CallDep, wanted: WantedDep) -> FacetsView:
    """What a search for products can be narrowed by: categories and prices of what it finds."""
    async with call.service.database.acquire() as connection:
        counts = await listing.count_by_category(connection, wanted)
        prices = await listing.price_ranges(connection, wanted)
        tree = await category_store.tree(connection)
    sums = tree.rolled_up(counts)
    found = [category for category in tree.in_order() if category.slug in sums]
    facets = [FacetView(category=item.slug, name=item.name, count=sums[item.slug]) for item in found]
    return FacetsView(categories=facets, prices=prices)
