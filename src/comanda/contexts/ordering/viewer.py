"""Who looks at an order. Whose it is is part of every query: foreign orders are like missing ones."""

from dataclasses import dataclass

from comanda.contexts.ordering.capabilities import opens
from comanda.kernel.errors import NotFound
from comanda.kernel.ids import is_id
from comanda.messaging.service import Call


@dataclass(frozen=True, slots=True)
class Viewer:
    """Staff see all orders (`customer` None), customers their own, and whoever holds its token a guest's order."""

    customer: str | None
    holds_token: bool = False

    @classmethod
    def of(cls, call: Call, order_id: str) -> "Viewer":
        """The caller, in front of one order."""
        return cls(call.principal.owner, holds_token(call, order_id))

    @property
    def is_staff(self) -> bool:
        """Whether notes and names of staff may be shown."""
        return self.customer is None


class NoSuchOrder(NotFound):
    """There is no such order, or it is not the caller's."""

    code = "no-such-order"

    def __init__(self) -> None:
        super().__init__("There is no such order.")


def checked_id(text: str) -> str:
    """An order's id from a request. Raises NoSuchOrder for what cannot be one."""
    if not is_id(text):
        raise NoSuchOrder
    return text.lower()


def holds_token(call: Call, order_id: str) -> bool:
    """Whether the caller has brought a capability for the order, as header `Order-Token` or as `?token=`."""
    token = call.request.headers.get("order-token") or call.request.query_params.get("token")
    if token is None:
        return False
    secret: str = call.service.state["secret"]
    return opens(secret.encode(), order_id.lower(), token, call.service.clock())
