"""What shipping shows: shipments to their customers and to staff, and where a parcel is to whoever has its number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from comanda.contexts.shipping import store
from comanda.contexts.shipping.carrier import ids_of
from comanda.contexts.shipping.contract.views import (
    PiecesView,
    RecipientView,
    ShipmentView,
    TrackingEventView,
    TrackingView,
)
from comanda.contexts.shipping.shipment import Shipment
from comanda.contexts.shipping.tariff import Carrier
from comanda.kernel.money import Money
from comanda.messaging.log import Connection

_SHIPMENTS = """
    select *
    from shipments
    where status <> 'withdrawn'
    and id < $1
    and ($2::text is null or customer_id = $2)
    and ($3::text is null or status = $3)
    and ($4::text is null or kind = $4)
"""

_PAGE = """
    order by id desc
    limit $5
"""

# A statement for each way to look, so that each keeps to its index however often it is prepared.
_ALL = _SHIPMENTS + _PAGE
_TO_DISPATCH = _SHIPMENTS + "and status = 'scheduled'" + _PAGE
_OF_CUSTOMER = _SHIPMENTS + "and customer_id = $2" + _PAGE
_OF_ORDER = _SHIPMENTS + "and (kind = 'outbound' and order_id = $6 or kind = 'return' and order_id = $6)" + _PAGE

_ONE = """
    select *
    from shipments
    where id = $1
    and status <> 'withdrawn'
    and ($2::text is null or customer_id = $2)
"""

_TRACKED = """
    select *
    from shipments
    where id between $1 and $2
    and tracking_number = $3
"""


NEWEST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
"""Where a list begins: before every id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which shipments to list. `customer` also holds what the caller may see."""

    order_id: str | None = None
    customer: str | None = None
    status: str | None = None
    kind: str | None = None
    before: str = NEWEST
    limit: int = 50


async def shipments(connection: Connection, wanted: Filter) -> list[ShipmentView]:
    """Shipments, newest first, up to `limit` + 1."""
    page = (wanted.before, wanted.customer, wanted.status, wanted.kind, wanted.limit + 1)
    if wanted.order_id is not None:
        rows = await connection.fetch(_OF_ORDER, *page, wanted.order_id)
    elif wanted.customer is not None:
        rows = await connection.fetch(_OF_CUSTOMER, *page)
    else:
        rows = await connection.fetch(_TO_DISPATCH if wanted.status == "scheduled" else _ALL, *page)
    return [view_of(store.shipment_of(row)) for row in rows]


async def shipment(connection: Connection, shipment_id: str, owner: str | None) -> ShipmentView | None:
    """One shipment; None when there is none, or it is not the owner's."""
    row = await connection.fetchrow(_ONE, shipment_id, owner)
    return view_of(store.shipment_of(row)) if row else None


async def tracked(connection: Connection, number: str, carriers: Sequence[Carrier]) -> TrackingView | None:
    """Where a parcel is, by its tracking number."""
    ids = ids_of(number)
    row = await connection.fetchrow(_TRACKED, *ids, number) if ids else None
    return _tracking(store.shipment_of(row), carriers) if row else None


def view_of(shipment: Shipment) -> ShipmentView:
    """A shipment as answered."""
    parcel = shipment.contents()
    return ShipmentView.model_validate(
        {
            "id": shipment.id,
            "order_id": shipment.order_id,
            "kind": shipment.kind,
            "return_id": shipment.return_id,
            "status": shipment.status,
            "carrier": parcel.carrier,
            "method": parcel.method,
            "tracking_number": shipment.tracking_number,
            "label": "void" if shipment.status in ("canceled", "failed") else "live",
            "lines": [PiecesView(sku=line.sku, quantity=line.quantity, name=line.name) for line in parcel.lines],
            "restocked": [PiecesView(sku=piece.sku, quantity=piece.quantity) for piece in shipment.restocked or ()],
            "weight_g": parcel.weight_g,
            "value": Money(parcel.value, parcel.currency),
            "recipient": _recipient(shipment),
            "reason": shipment.reason,
            "created_at": shipment.created_at,
            "dispatched_at": shipment.dispatched_at,
            "delivered_at": shipment.delivered_at,
            "ended_at": shipment.ended_at,
        }
    )


def _recipient(shipment: Shipment) -> RecipientView | None:
    if shipment.recipient is None:
        return None
    fields = msgspec.structs.asdict(shipment.recipient)
    return RecipientView.model_validate({name: fields[name] for name in RecipientView.model_fields})


def _tracking(shipment: Shipment, carriers: Sequence[Carrier]) -> TrackingView:
    parcel, number = shipment.contents(), shipment.tracking_number or ""
    url = next((carrier.tracking_url for carrier in carriers if carrier.code == parcel.carrier), None)
    moments: list[tuple[str, datetime | None]] = [
        ("expected" if shipment.kind == "return" else "scheduled", shipment.created_at),
        ("dispatched", shipment.dispatched_at),
        ("delivered", shipment.delivered_at),
        (shipment.status, shipment.ended_at),
    ]
    return TrackingView.model_validate(
        {
            "tracking_number": number,
            "carrier": parcel.carrier,
            "status": shipment.status,
            "url": url.replace("{number}", number) if url else None,
            "events": [TrackingEventView.model_validate({"status": status, "at": at}) for status, at in moments if at],
        }
    )
