"""What notifying publishes. The subject is what the message is about: an order's id, a customer's id or a sku."""

from comanda.kernel.event import Event


class NotificationSent(Event, version=1, subject="about"):
    """A message went out on one channel, or had no channel to go out on (`skipped`): the milestone is settled."""

    about: str
    notification_id: str
    milestone: str
    channel: str
    skipped: bool = False


class NotificationFailed(Event, version=1, subject="about"):
    """Every channel of the milestone has failed for good."""

    about: str
    notification_id: str
    milestone: str
    reason: str
