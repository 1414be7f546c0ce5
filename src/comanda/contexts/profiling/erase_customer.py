"""Forgetting a customer: ordering agrees, profiling lets go, every service hears of it."""

from comanda.contexts.ordering.contract.client import OrderingClient
from comanda.contexts.profiling import erasure_store
from comanda.contexts.profiling.contract.events import CustomerErased
from comanda.contexts.profiling.contract.views import ErasureView
from comanda.contexts.profiling.erasure_store import Erasure
from comanda.contexts.profiling.errors import CustomerNotFound, OrdersUnderWay
from comanda.contexts.profiling.export_customer import check_known
from comanda.kernel.errors import Conflict
from comanda.messaging.service import Call, Service
from comanda.platform.auth import Verifier


async def erase_customer(customer_id: str, call: Call) -> ErasureView:
    """Erase a customer for good; asked again, it answers the same.

    Staff may also erase a customer whom another system knows, and of whom there are orders only. Raises
    CustomerNotFound, OrdersUnderWay, Unavailable.
    """
    if call.principal.owner not in (None, customer_id):
        raise CustomerNotFound
    async with call.service.database.acquire() as connection:
        known = await erasure_store.find(connection, customer_id)
    if known is None or known.erased_at is None:
        await check_known(customer_id, call)
        async with call.begin() as work:
            await erasure_store.ask(work.connection, customer_id, work.now, call.principal.actor)
        known = await decide(customer_id, call.principal.actor, call.service)
    assert known.erased_at is not None
    return ErasureView(customer_id=customer_id, erased_at=known.erased_at)


async def decide(customer_id: str, actor: str | None, service: Service) -> Erasure:
    """Carry an erasure out that was asked for, or refuse it. Raises OrdersUnderWay, Unavailable.

    Ordering decides: when it has agreed, no order can come between.
    """
    try:
        await OrderingClient(service.outbound("ordering")).agree_to_erase(customer_id)
    except Conflict as error:
        async with service.begin() as work:
            await erasure_store.refuse(work.connection, customer_id)
        raise OrdersUnderWay from error
    async with service.begin(actor=actor) as work:
        if await erasure_store.erase(work.connection, customer_id, work.now, actor):
            work.publish(CustomerErased(customer_id=customer_id))
        erasure = await erasure_store.find(work.connection, customer_id)
    end_tokens(service, customer_id)
    assert erasure is not None
    return erasure


def end_tokens(service: Service, customer_id: str) -> None:
    """Whoever still shows a token of this customer is not signed in any more."""
    if service.app is not None:
        verifier: Verifier = service.app.state.verifier
        verifier.refuse(customer_id)
