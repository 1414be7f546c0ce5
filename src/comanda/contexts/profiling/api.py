"""Profiling's routes about customers."""

import re
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from comanda.contexts.profiling import erasure_store, store
from comanda.contexts.profiling.change_customer import change_customer, change_status
from comanda.contexts.profiling.contract.views import CustomerView
from comanda.contexts.profiling.errors import CustomerErasedBefore, CustomerNotFound
from comanda.contexts.profiling.register_customer import RegisterCustomer, register_customer
from comanda.contexts.profiling.requests import CustomerChanges, NewCustomer, NewStatus
from comanda.messaging.service import CallDep
from comanda.platform.http.fields import NO_NUL
from comanda.platform.http.pages import InvalidCursor, Limit, Page, PageCursor, decode_cursor, page_of
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute, tags=["customers"])

CustomerId = Annotated[str, Path(max_length=50, pattern=NO_NUL)]


@router.post("/customers", status_code=201)
async def create_account(body: NewCustomer, call: CallDep) -> CustomerView:
    """Make an account; one may sign in at once. A known e-mail answers alike, and its owner gets a mail."""
    return await register_customer(RegisterCustomer(**body.model_dump()), call)


@router.get("/customers")
async def list_customers(
    call: CallDep,
    query: Annotated[
        str | None, Query(max_length=200, pattern=NO_NUL, description="Beginnings of words in name and e-mail.")
    ] = None,
    status: Annotated[str | None, Query(max_length=50, pattern=NO_NUL)] = None,
    limit: Limit = 50,
    cursor: PageCursor = None,
) -> Page[CustomerView]:
    """Customers, newest first."""
    async with call.service.database.acquire() as connection:
        found = await store.list_customers(
            connection, query=_beginnings(query), status=status, before=_before(cursor), limit=limit + 1
        )
    return page_of(list(found), limit, lambda customer: (customer.created_at.isoformat(), customer.id))


@router.get("/customers/me")
async def get_me(call: CallDep) -> CustomerView:
    """The customer who asks."""
    return await get_customer(call.principal.id or "", call)


@router.patch("/customers/me")
async def change_me(body: CustomerChanges, call: CallDep) -> CustomerView:
    """Change one's own name, phone number or language."""
    return await change_customer(call.principal.id or "", body.model_dump(exclude_unset=True), call)


@router.get("/customers/{customer_id}")
async def get_customer(customer_id: CustomerId, call: CallDep) -> CustomerView:
    """A customer: staff and services see all, customers themselves."""
    async with call.service.database.acquire() as connection:
        customer = await store.read_customer(connection, customer_id, call.principal.owner)
        erasure = None if customer or call.principal.owner else await erasure_store.find(connection, customer_id)
    if erasure is not None and erasure.erased_at is not None:
        raise CustomerErasedBefore(erasure.erased_at)
    if customer is None:
        raise CustomerNotFound
    return customer


@router.put("/customers/{customer_id}/status")
async def set_customer_status(customer_id: CustomerId, body: NewStatus, call: CallDep) -> CustomerView:
    """Give a customer a status, one of the words in the setting profiling.statuses."""
    return await change_status(customer_id, body.status, call)


def _beginnings(query: str | None) -> str | None:
    """A full-text query for words that begin like these; None when there is nothing to look for."""
    words = re.findall(r"[^\W_]+", query or "")
    return " & ".join(f"{word}:*" for word in words) or None


def _before(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    created_at, id = decode_cursor(cursor, str, str)
    try:
        return datetime.fromisoformat(str(created_at)), str(id)
    except ValueError as error:
        raise InvalidCursor("This cursor was not given by this list.") from error
