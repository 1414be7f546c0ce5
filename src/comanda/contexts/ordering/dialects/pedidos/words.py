"""The words of the dialect: what it calls how an order is, and the events about it. Data, no rules."""

from collections.abc import Mapping
from typing import Any, Literal

from comanda.contexts.ordering.dialects.words import Words

Word = Literal["pending", "in_progress", "paid", "completed", "canceled"]

WORDS = Words(
    shown={
        "created": "pending",
        "reserved": "in_progress",
        "paid_uncommitted": "in_progress",
        "paid_committed": "paid",
        "shipping_scheduled": "paid",
        "completed_unshipped": "completed",
        "completed_shipped": "completed",
        "completed_delivered": "completed",
        "canceled": "canceled",
        "failed": "canceled",
    },
    written={},
)
"""Words are shown and filtered by; the dialect has no route that writes one."""

EventName = Literal[
    "PedidoCriado",
    "EstoqueReservado",
    "EstoqueInsuficiente",
    "PagamentoConfirmado",
    "PagamentoFalhou",
    "PedidoCancelado",
]


def event_of(cause: str, changes: Mapping[str, Any]) -> EventName | None:
    """What is told of an entry in an order's timeline: its cause, if that brought what the event is about.

    One event may make two entries, and what comes again changes nothing. PedidoCancelado is any other way to the end:
    a cancel, or what the seed has no event for (a deadline, a parcel that no carrier takes), since the order is called
    `canceled` from then on.
    """
    for event, (name, facet, values) in EVENTS.items():
        if cause == event and changes.get(facet) in values:
            return name
    ended = changes.get("status") in ("canceled", "failed") and cause not in EVENTS
    return "PedidoCancelado" if ended else None


EVENTS: Mapping[str, tuple[EventName, str, tuple[str, ...]]] = {
    "OrderCreated": ("PedidoCriado", "status", ("created",)),
    "StockReserved": ("EstoqueReservado", "inventory", ("reserved",)),
    "StockInsufficient": ("EstoqueInsuficiente", "inventory", ("insufficient",)),
    "PaymentSucceeded": ("PagamentoConfirmado", "payment", ("approved", "outstanding")),
    "PaymentFailed": ("PagamentoFalhou", "payment", ("declined",)),
}
"""An event that moves an order → its name, and the facet that it brings a value to. OrderCanceled is what an order
publishes itself: PedidoCancelado goes by the status."""
