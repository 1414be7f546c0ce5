"""What staff did: every event that a member of staff caused, kept with who, when and about what.

Only the names of events that staff can cause are read, and of those all that the system or customers caused is passed
over without a statement.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from comanda.contexts.administering.contract.events import (
    SellerAdded,
    SellerReinstated,
    SellerSuspended,
    SettingChanged,
)
from comanda.contexts.administering.contract.views import AuditEntryView
from comanda.contexts.cataloging.contract.events import ProductChanged, ProductCreated, ProductRetired
from comanda.contexts.ordering.contract.events import (
    OrderCanceled,
    OrderCancelRequested,
    OrderCreated,
    OrderRecordChanged,
    OrderRecordDeleted,
    OrderRecorded,
    ReturnApproved,
    ReturnRejected,
    ReturnRequested,
)
from comanda.contexts.paying.contract.events import (
    PaymentCaptured,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
    PaymentVoided,
)
from comanda.contexts.profiling.contract.events import (
    ApiTokenAdded,
    ApiTokenRevoked,
    CustomerErased,
    CustomerStatusChanged,
    RoleDefined,
    RoleRemoved,
    SessionsEnded,
    SigningKeyAdded,
    StaffAdded,
    StaffChanged,
    StaffPasswordSet,
    StaffRemoved,
)
from comanda.contexts.shipping.contract.events import (
    ReturnReceived,
    ShipmentCanceled,
    ShipmentDelivered,
    ShipmentDispatched,
)
from comanda.contexts.stocking.contract.events import StockLow, StockReplenished
from comanda.kernel.event import Event
from comanda.messaging import log
from comanda.messaging.log import Connection
from comanda.messaging.reactions import Load, Reactions
from comanda.messaging.recorded import Recorded
from comanda.messaging.service import Service
from comanda.messaging.unit_of_work import UnitOfWork

CAUSED_BY_STAFF: tuple[type[Event], ...] = (
    ApiTokenAdded, ApiTokenRevoked,
    CustomerErased, CustomerStatusChanged,
    OrderCancelRequested, OrderCanceled, OrderCreated, OrderRecordChanged, OrderRecordDeleted, OrderRecorded,
    PaymentCaptured, PaymentFailed, PaymentRefunded, PaymentSucceeded, PaymentVoided,
    ProductChanged, ProductCreated, ProductRetired,
    ReturnApproved, ReturnReceived, ReturnRejected, ReturnRequested,
    SellerAdded, SellerReinstated, SellerSuspended, SessionsEnded, SettingChanged, SigningKeyAdded,
    ShipmentCanceled, ShipmentDelivered, ShipmentDispatched,
    RoleDefined, RoleRemoved, StaffAdded, StaffChanged, StaffPasswordSet, StaffRemoved,
    StockLow, StockReplenished,
)  # fmt: skip

STAFF = ("staff", "admin")


class AuditLog:
    """What one batch adds to the audit log."""

    cause: Recorded

    def __init__(self) -> None:
        self.entries: list[Recorded] = []

    async def flush(self, work: UnitOfWork) -> None:
        """One insert, if staff did anything."""
        if self.entries:
            await work.connection.execute(_INSERT, *map(list, zip(*map(_row, self.entries), strict=True)))


reactions: Reactions[AuditLog] = Reactions()


@reactions.to(*CAUSED_BY_STAFF)
def keep_what_staff_did(_: Event, audit: AuditLog) -> None:
    """Keep the event if a member of staff caused it."""
    actor = audit.cause.actor
    if actor is not None and actor.startswith(STAFF):
        audit.entries.append(audit.cause)


def make_load(_: Service) -> Load:
    """Nothing has to be read to add to a log."""

    async def load(_work: UnitOfWork, _events: Sequence[Recorded]) -> AuditLog:
        return AuditLog()

    return load


async def note(work: UnitOfWork, event: str, subject: str, details: dict[str, str]) -> None:
    """Keep what staff did through another service, whose event names this service as its actor."""
    if work.actor is not None and work.actor.startswith(STAFF):
        row = (work.now, work.actor, event, subject, work.trace, msgspec.json.encode(details).decode())
        await work.connection.execute(_INSERT, *([value] for value in row))


class Filter(NamedTuple):
    """What the list is narrowed to; None does not narrow. `type` is an event's name; `before` the last entry's id."""

    actor: str | None = None
    subject: str | None = None
    type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


async def page(connection: Connection, narrowed: Filter, limit: int) -> list[AuditEntryView]:
    """Entries, newest first, and one more than the page holds."""
    rows = await connection.fetch(_PAGE, *narrowed, limit + 1)
    return [AuditEntryView(**{**dict(row), "details": msgspec.json.decode(row["details"])}) for row in rows]


_INSERT = """
    insert into audit_log (time, actor, type, subject, trace, details)
    select *
    from unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::json[])
"""

_PAGE = """
    select id, time, actor, type, subject, trace, details
    from audit_log
    where ($1::text is null or actor = $1)
    and ($2::text is null or subject = $2)
    and ($3::text is null or type = $3)
    and ($4::timestamptz is null or time >= $4)
    and ($5::timestamptz is null or time < $5)
    and ($6::bigint is null or id < $6)
    order by id desc
    limit $7
"""


def _row(entry: Recorded) -> tuple[datetime, str | None, str, str, str, str]:
    assert entry.event is not None
    details, _ = log.encode(entry.event)
    return entry.time, entry.actor, type(entry.event).__name__, entry.subject, entry.trace.replace("-", ""), details
