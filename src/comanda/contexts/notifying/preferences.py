"""What customers do not want to get. Messages of orders placed before a change follow the new wish too."""

from comanda.contexts.notifying.contract.views import Channel, Mutable, PreferencesView
from comanda.kernel.errors import NotFound
from comanda.messaging.log import Connection
from comanda.messaging.unit_of_work import UnitOfWork

_CHANNELS: tuple[Channel, ...] = ("email", "sms")
_MILESTONES: tuple[Mutable, ...] = ("created", "shipped", "delivered", "canceled", "failed", "refunded")


class UnknownCustomer(NotFound):
    """There is no such customer, they are gone, or they are somebody else."""

    code = "unknown-customer"

    def __init__(self) -> None:
        super().__init__("There is no such customer.")


async def show(connection: Connection, customer_id: str) -> PreferencesView:
    """The preferences; of somebody who never said anything, that everything is wanted. Raises UnknownCustomer."""
    row = await connection.fetchrow("select muted, erased from customers where customer_id = $1", customer_id)
    if row is None:
        return _view(customer_id, frozenset())
    if row["erased"]:
        raise UnknownCustomer
    return _view(customer_id, frozenset(row["muted"]))


async def change(
    work: UnitOfWork, customer_id: str, channels: list[Channel], milestones: list[Mutable]
) -> PreferencesView:
    """Say anew what is not wanted. Raises UnknownCustomer for one whose data was erased."""
    muted = await work.connection.fetchval(
        """
        insert into customers as c (customer_id, muted)
        values ($1, $2)
        on conflict (customer_id) do update
        set muted = excluded.muted
        where not c.erased
        returning muted
        """,
        customer_id,
        sorted({*channels, *milestones}),
    )
    if muted is None:
        raise UnknownCustomer
    return _view(customer_id, frozenset(muted))


def _view(customer_id: str, muted: frozenset[str]) -> PreferencesView:
    return PreferencesView(
        customer_id=customer_id,
        muted_channels=[channel for channel in _CHANNELS if channel in muted],
        muted_milestones=[milestone for milestone in _MILESTONES if milestone in muted],
    )
