"""One managed order, locked for a change that somebody asks for."""

from dataclasses import dataclass

from comanda.contexts.ordering import finding, store
from comanda.contexts.ordering.order import Order
from comanda.contexts.ordering.viewer import NoSuchOrder, Viewer
from comanda.kernel.errors import Conflict, PreconditionFailed
from comanda.messaging.unit_of_work import UnitOfWork


class NotManaged(Conflict):
    """A recorded order runs no process: its status is set by hand."""

    code = "order-not-managed"


class OrderChanged(PreconditionFailed):
    """The order has changed since the caller saw it."""

    code = "order-changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The order that a change is meant for: who asks for it, and the versions it is meant for (None: any)."""

    order_id: str
    viewer: Viewer
    versions: frozenset[int] | None = None

    def check_version(self, version: int) -> None:
        """Raises OrderChanged when the change was meant for another version."""
        if self.versions is not None and version not in self.versions:
            raise OrderChanged("The order has changed meanwhile.", version=version)


async def lock_order(work: UnitOfWork, target: Target) -> Order:
    """The managed order, locked. Raises NoSuchOrder, NotManaged for a recorded one, OrderChanged."""
    found = await finding.how_far(work.connection, target.order_id, target.viewer)
    if found["kind"] != "managed":
        raise NotManaged("A recorded order runs no process: its status is set by hand.")
    orders = await store.lock(work.connection, [found["id"]])
    if not orders:
        raise NoSuchOrder
    order = orders[found["id"]]
    target.check_version(order.version)
    order.now = work.now
    return order
