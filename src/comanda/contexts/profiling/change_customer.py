"""Change a customer: what they say of themselves, and the status that staff give them."""

from collections.abc import Mapping

from comanda.contexts.profiling import store
from comanda.contexts.profiling.contract.events import CustomerStatusChanged
from comanda.contexts.profiling.contract.views import CustomerView
from comanda.contexts.profiling.errors import CustomerNotFound, UnknownStatus
from comanda.messaging.service import Call


async def change_customer(customer_id: str, changes: Mapping[str, str], call: Call) -> CustomerView:
    """The customer with these values of `name`, `phone` and `language`. Raises CustomerNotFound."""
    async with call.begin() as work:
        customer = await store.lock_customer(work.connection, customer_id, call.principal.owner)
        if customer is None:
            raise CustomerNotFound
        changed = customer.model_copy(update=changes)
        if changed != customer:
            changed.updated_at = work.now
            await store.save_customer(work.connection, changed)
        return changed


async def change_status(customer_id: str, status: str, call: Call) -> CustomerView:
    """The customer with this status; the same again changes nothing. Raises CustomerNotFound, UnknownStatus."""
    async with call.begin() as work:
        customer = await store.lock_customer(work.connection, customer_id, None)
        if customer is None:
            raise CustomerNotFound
        known: list[str] = call.service.settings["profiling.statuses"]
        if status not in known:
            raise UnknownStatus(known)
        if status == customer.status:
            return customer
        changed = customer.model_copy(update={"status": status, "updated_at": work.now})
        await store.save_customer(work.connection, changed)
        work.publish(CustomerStatusChanged(customer_id=customer.id, status=status, previous=customer.status))
        return changed
