"""Profiling's routes about addresses."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from comanda.contexts.profiling.addresses import Book
from comanda.contexts.profiling.api import CustomerId
from comanda.contexts.profiling.contract.views import AddressView
from comanda.contexts.profiling.requests import CustomerAddressBody
from comanda.messaging.service import CallDep
from comanda.messaging.unit_of_work import UnitOfWork
from comanda.platform.http.fields import NO_NUL
from comanda.platform.http.pages import Page
from comanda.platform.http.routing import CheckedRoute

router = APIRouter(route_class=CheckedRoute, tags=["addresses"], prefix="/customers/{customer_id}/addresses")

AddressId = Annotated[str, Path(max_length=50, pattern=NO_NUL)]


@router.get("")
async def list_addresses(customer_id: CustomerId, call: CallDep) -> Page[AddressView]:
    """A customer's addresses, 50 at most, in the order they were written down."""
    return Page(items=await Book(customer_id, call).read())


@router.post("", response_model=AddressView, status_code=201)
async def add_address(customer_id: CustomerId, body: CustomerAddressBody, call: CallDep) -> Response:
    """Write an address down. The first one is the default for shipping and billing."""

    async def effect(work: UnitOfWork) -> AddressView:
        return await Book(customer_id, call).add(body, work)

    return await call.once(effect, status=201)


@router.get("/{address_id}")
async def get_address(customer_id: CustomerId, address_id: AddressId, call: CallDep) -> AddressView:
    """One address."""
    return await Book(customer_id, call).find(address_id)


@router.put("/{address_id}")
async def replace_address(
    customer_id: CustomerId, address_id: AddressId, body: CustomerAddressBody, call: CallDep
) -> AddressView:
    """Write an address anew. Making it a default takes that from the one that was."""
    return await Book(customer_id, call).replace(address_id, body)


@router.delete("/{address_id}", status_code=204)
async def remove_address(customer_id: CustomerId, address_id: AddressId, call: CallDep) -> None:
    """Strike an address out. Orders that it was used for keep theirs."""
    await Book(customer_id, call).remove(address_id)
