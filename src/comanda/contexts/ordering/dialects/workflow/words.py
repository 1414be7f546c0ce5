"""The words of `workflow`: the statuses themselves, in capitals. None is written back."""

from comanda.contexts.ordering.dialects.words import Words

WORDS = Words(
    shown={
        "created": "CREATED",
        "reserved": "RESERVED",
        "paid_uncommitted": "PAID",
        "paid_committed": "PAID",
        "shipping_scheduled": "SHIPPING_SCHEDULED",
        "completed_unshipped": "COMPLETED",
        "completed_shipped": "COMPLETED",
        "completed_delivered": "COMPLETED",
        "canceled": "CANCELED",
        "failed": "FAILED",
    },
    written={},
)
