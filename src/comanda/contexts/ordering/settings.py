"""The settings of ordering."""

from comanda.messaging.settings import Setting

SETTINGS = (
    Setting(
        "ordering.notification_failure",
        str,
        "complete",
        "What becomes of an order whose confirmation cannot be delivered on any channel.",
        choices=("complete", "fail"),
    ),
    Setting(
        "ordering.payment_minutes", int, 30, "How long a card payment may take, in minutes.", minimum=1, maximum=10_080
    ),
    Setting(
        "ordering.bank_transfer_days", int, 7, "How long a bank transfer may take, in days.", minimum=1, maximum=60
    ),
    Setting(
        "ordering.backlog_limit",
        int,
        1_500,
        "How many events may wait to be worked off before new orders have to wait.",
        minimum=10,
        maximum=1_000_000,
    ),
)
