"""Shades: the statuses, split where older clients have two words for one. Every order has exactly one shade."""

from typing import Literal

from comanda.contexts.ordering.contract.views import MilestoneView, OrderStatusView, OrderView, Status

Shade = Literal[
    "created",
    "reserved",
    "paid_uncommitted",
    "paid_committed",
    "shipping_scheduled",
    "completed_unshipped",
    "completed_shipped",
    "completed_delivered",
    "canceled",
    "failed",
]
"""Each is a value of the filter `status` of GET /orders, too."""

_OF_PARCEL: dict[str, Shade] = {
    "shipped": "completed_shipped",
    "delivered": "completed_delivered",
    "returned": "completed_delivered",
}

_OF_MILESTONE: dict[str, Shade] = {
    "created": "created",
    "reserved": "reserved",
    "paid": "paid_committed",
    "shipping_scheduled": "shipping_scheduled",
    "completed": "completed_unshipped",
    "canceled": "canceled",
    "failed": "failed",
    **_OF_PARCEL,
}


def shade_of(order: OrderView) -> Shade:
    """The shade of an order as it is answered."""
    return shade(order.kind, order.status, order.inventory.status, order.fulfillment.status)


def shade_of_progress(progress: OrderStatusView) -> Shade:
    """The shade of an order by how far it is."""
    return shade(progress.kind, progress.status, progress.inventory, progress.fulfillment)


def shade_of_milestone(milestone: MilestoneView) -> Shade:
    """The shade that an order had got when it passed a milestone."""
    return _OF_MILESTONE[milestone.status]


def shade(kind: str, status: Status, inventory: str, fulfillment: str) -> Shade:
    """How an order is: paid ones by whether the stock is committed, completed ones by the parcel.

    The stock of a recorded order is nobody's concern, and what came back had been delivered.
    """
    match status:
        case "paid":
            return "paid_committed" if kind == "recorded" or inventory == "committed" else "paid_uncommitted"
        case "completed":
            return _OF_PARCEL.get(fulfillment, "completed_unshipped")
        case other:
            return other
