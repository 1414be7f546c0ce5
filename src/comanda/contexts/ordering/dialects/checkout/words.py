"""The words of `checkout`, both ways."""

from comanda.contexts.ordering.dialects.words import Words

WORDS = Words(
    shown={
        "created": "placed",
        "reserved": "placed",
        "paid_uncommitted": "processing",
        "paid_committed": "processing",
        "shipping_scheduled": "processing",
        "completed_unshipped": "processing",
        "completed_shipped": "shipped",
        "completed_delivered": "delivered",
        "canceled": "cancelled",
        "failed": "cancelled",
    },
    written={
        "placed": "created",
        "processing": "paid",
        "shipped": "shipped",
        "delivered": "delivered",
        "cancelled": "canceled",
    },
)
