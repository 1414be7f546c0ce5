"""Administering over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from comanda.contexts.administering import audit_log, sellers, system_settings
from comanda.contexts.administering.contract.views import AuditEntryView, SellerStatus, SellerView, SettingView
from comanda.contexts.administering.errors import SellerIsSuspended
from comanda.contexts.administering.sellers import SellerFields
from comanda.contexts.cataloging.contract.client import CatalogingClient
from comanda.contexts.cataloging.contract.views import ProductPageView
from comanda.kernel.ids import is_id
from comanda.messaging.service import CallDep
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.http.fields import Body, Email, Line, Moment, MoneyBody, Paragraph, Printable, ShortText, Sku
from comanda.platform.http.pages import InvalidCursor, Limit, Page, PageCursor, decode_cursor, page_of
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute)

LARGEST_ID = 2**63 - 1

FilterText = Annotated[str | None, Printable, Query(max_length=200)]


class SellerBody(Body):
    """A new seller."""

    name: Line
    email: Email | None = None
    description: Paragraph = ""


class SellerChanges(Body):
    """Some values of a seller: what is left out stays. `version` guards against lost updates."""

    name: Line | None = None
    email: Email | None = None
    description: Paragraph | None = None
    version: Annotated[int, Field(ge=1)] | None = None


class SuspensionBody(Body):
    """Why a seller is suspended."""

    reason: Line


class SettingBody(Body):
    """A setting's new value, of the setting's type."""

    value: Any


class SellerProductBody(Body):
    """A new product of a seller. Money in minor units."""

    seller_id: ShortText
    sku: Sku
    name: Line
    price: MoneyBody
    description: Paragraph = ""
    category: Annotated[str, Printable, Field(max_length=100)] | None = None
    tax_category: Annotated[str, Printable, Field(max_length=30)] | None = None
    weight_g: Annotated[int, Field(ge=0, le=10_000_000)] = 0


@router.get("/sellers", tags=["sellers"])
async def list_sellers(
    call: CallDep,
    status: SellerStatus | None = None,
    query: Annotated[str | None, Printable, Query(max_length=200, description="Part of the name.")] = None,
    limit: Limit = 50,
    cursor: PageCursor = None,
) -> Page[SellerView]:
    """Sellers, by name."""
    after = _place(cursor) if cursor else None
    async with call.service.database.acquire() as connection:
        rows = await sellers.page(
            connection,
            status=status,
            query=query,
            after=after,
            limit=limit,
        )
    return page_of(rows, limit, lambda seller: (seller.name, seller.id))


@router.post("/sellers", status_code=201, response_model=SellerView, tags=["sellers"])
async def add_seller(body: SellerBody, call: CallDep) -> Response:
    """Add a seller, who may offer products at once."""
    fields = SellerFields(name=body.name, email=body.email, description=body.description)

    async def effect(work: UnitOfWork) -> SellerView:
        return await sellers.add(work, fields)

    return await call.once(effect, status=201)


@router.get("/sellers/{seller_id}", tags=["sellers"])
async def get_seller(seller_id: str, call: CallDep) -> SellerView:
    """One seller."""
    async with call.service.database.acquire() as connection:
        return await sellers.find(connection, seller_id)


@router.patch("/sellers/{seller_id}", tags=["sellers"])
async def change_seller(seller_id: str, body: SellerChanges, call: CallDep) -> SellerView:
    """Change some values of a seller."""
    fields = SellerFields(name=body.name, email=body.email, description=body.description)
    async with call.begin() as work:
        return await sellers.change(work, seller_id, fields, body.version)


@router.delete("/sellers/{seller_id}", status_code=204, tags=["sellers"])
async def remove_seller(seller_id: str, call: CallDep) -> None:
    """Remove a seller for good: their products cannot be bought any more, orders already placed go on."""
    async with call.begin() as work:
        await sellers.remove(work, seller_id)


@router.post("/sellers/{seller_id}/suspend", tags=["sellers"])
async def suspend_seller(seller_id: str, body: SuspensionBody, call: CallDep) -> SellerView:
    """Suspend a seller: their products cannot be bought for now, orders already placed go on."""
    async with call.begin() as work:
        return await sellers.suspend(work, seller_id, body.reason)


@router.post("/sellers/{seller_id}/reinstate", tags=["sellers"])
async def reinstate_seller(seller_id: str, call: CallDep) -> SellerView:
    """Let a suspended seller sell again."""
    async with call.begin() as work:
        return await sellers.reinstate(work, seller_id)


@router.post("/products", status_code=201, tags=["sellers"])
async def add_product(body: SellerProductBody, call: CallDep) -> ProductPageView:
    """Put a seller's product into the catalogue. A suspended seller's is refused (409)."""
    async with call.service.database.acquire() as connection:
        seller = await sellers.find(connection, body.seller_id)
    if seller.status == "suspended":
        raise SellerIsSuspended(seller.name)
    catalogue = CatalogingClient(call.service.outbound("cataloging"))
    key = call.request.headers.get("idempotency-key")
    product = body.model_dump(exclude_none=True) | {"seller_id": seller.id}
    added = await catalogue.create(product, key=f"{call.principal.actor} {key}" if key else None)
    async with call.begin() as work:
        await audit_log.note(work, "ProductCreated", added.sku, {"sku": added.sku, "seller_id": seller.id})
    return added


@router.get("/settings", tags=["settings"])
async def list_settings(
    call: CallDep,
    service: Annotated[str | None, Printable, Query(max_length=50, description="Only `service.…`.")] = None,
    limit: Limit = 200,
    cursor: PageCursor = None,
) -> Page[SettingView]:
    """Every setting of the system: type, present value, default, and what it takes. By name."""
    after = str(decode_cursor(cursor, str)[0]) if cursor else ""
    async with call.service.database.acquire() as connection:
        rows = await system_settings.show_all(connection, call.service.state["settings"])
    wanted = [row for row in rows if row.name > after and (service is None or row.name.startswith(f"{service}."))]
    return page_of(wanted[: limit + 1], limit, lambda setting: (setting.name,))


@router.get("/settings/{name}", tags=["settings"])
async def get_setting(name: str, call: CallDep) -> SettingView:
    """One setting."""
    async with call.service.database.acquire() as connection:
        return await system_settings.show(connection, call.service.state["settings"], name)


@router.put("/settings/{name}", tags=["settings"])
async def change_setting(name: str, body: SettingBody, call: CallDep) -> SettingView:
    """Set a value for the whole system. The services take it over as soon as they read of it."""
    async with call.begin() as work:
        return await system_settings.change(work, call.service.state["settings"], name, body.value)


@router.delete("/settings/{name}", tags=["settings"])
async def reset_setting(name: str, call: CallDep) -> SettingView:
    """Go back to a setting's default."""
    async with call.begin() as work:
        return await system_settings.reset(work, call.service.state["settings"], name)


@router.get("/audit-log", tags=["audit log"])
async def list_audit_log(
    call: CallDep,
    actor: FilterText = None,
    subject: FilterText = None,
    event: Annotated[str | None, Printable, Query(alias="type", max_length=100)] = None,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
    limit: Limit = 50,
    cursor: PageCursor = None,
) -> Page[AuditEntryView]:
    """What staff did, newest first: `type` is an event's name, `from` is included, `to` is not."""
    before = min(int(decode_cursor(cursor, int)[0]), LARGEST_ID) if cursor else None
    narrowed = audit_log.Filter(actor, subject, event, since, until, before)
    async with call.service.database.acquire() as connection:
        rows = await audit_log.page(connection, narrowed, limit)
    return page_of(rows, limit, lambda entry: (entry.id,))


def _place(cursor: str) -> tuple[str, str]:
    name, seller_id = map(str, decode_cursor(cursor, str, str))
    if not is_id(seller_id) or "\x00" in name:
        raise InvalidCursor("This cursor was not given by this list.")
    return name, seller_id
