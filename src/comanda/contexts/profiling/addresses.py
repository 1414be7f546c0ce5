"""A customer's address book."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import asdict

from comanda.contexts.profiling import address_store, store
from comanda.contexts.profiling.contract.views import AddressView, CustomerView
from comanda.contexts.profiling.errors import AddressNotFound, CustomerNotFound, TooManyAddresses
from comanda.contexts.profiling.requests import CustomerAddressBody
from comanda.kernel.ids import new_id
from comanda.messaging.service import Call
from comanda.messaging.unit_of_work import UnitOfWork

MOST_ADDRESSES = 50


@dataclass(frozen=True, slots=True)
class Book:
    """A customer's address book, opened by somebody who may."""

    customer_id: str
    call: Call

    async def read(self) -> list[AddressView]:
        """All addresses. Raises CustomerNotFound."""
        async with self.call.service.database.acquire() as connection:
            if await store.read_customer(connection, self.customer_id, self.call.principal.owner) is None:
                raise CustomerNotFound
            return list(await address_store.read_addresses(connection, self.customer_id))

    async def find(self, address_id: str) -> AddressView:
        """One address. Raises CustomerNotFound, AddressNotFound."""
        return _found(await self.read(), address_id)

    async def add(self, body: CustomerAddressBody, work: UnitOfWork) -> AddressView:
        """Write an address down; the first is the default for everything. Raises CustomerNotFound, TooManyAddresses."""
        customer = await self._lock(work)
        present = await address_store.read_addresses(work.connection, self.customer_id)
        if len(present) >= MOST_ADDRESSES:
            raise TooManyAddresses(MOST_ADDRESSES)
        address = _view(body, customer, new_id(), work)
        if not present:
            address.default_shipping = address.default_billing = True
        await self._write(address, work)
        return address

    async def replace(self, address_id: str, body: CustomerAddressBody) -> AddressView:
        """Write an address anew. Raises CustomerNotFound, AddressNotFound."""
        async with self.call.begin() as work:
            customer = await self._lock(work)
            before = _found(await address_store.read_addresses(work.connection, self.customer_id), address_id)
            address = _view(body, customer, address_id, work)
            address.created_at = before.created_at
            await self._write(address, work)
            return address

    async def remove(self, address_id: str) -> None:
        """Strike an address out; orders that it was used for keep theirs. Raises CustomerNotFound, AddressNotFound."""
        async with self.call.begin() as work:
            await self._lock(work)
            if not await address_store.delete_address(work.connection, self.customer_id, address_id):
                raise AddressNotFound

    async def _lock(self, work: UnitOfWork) -> CustomerView:
        customer = await store.lock_customer(work.connection, self.customer_id, self.call.principal.owner)
        if customer is None:
            raise CustomerNotFound
        return customer

    async def _write(self, address: AddressView, work: UnitOfWork) -> None:
        await address_store.clear_defaults(
            work.connection,
            self.customer_id,
            address.id,
            shipping=address.default_shipping,
            billing=address.default_billing,
        )
        await address_store.write_address(work.connection, self.customer_id, address)


def _found(addresses: Sequence[AddressView], address_id: str) -> AddressView:
    for address in addresses:
        if address.id == address_id:
            return address
    raise AddressNotFound


def _view(body: CustomerAddressBody, customer: CustomerView, address_id: str, work: UnitOfWork) -> AddressView:
    """The address as it is written down: without a recipient it is the customer's name, else their e-mail."""
    return AddressView(
        id=address_id,
        **asdict(body.address(recipient=customer.name or customer.email)),
        default_shipping=body.default_shipping,
        default_billing=body.default_billing,
        created_at=work.now,
        updated_at=work.now,
    )
