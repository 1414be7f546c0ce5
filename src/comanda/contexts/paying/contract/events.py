"""What paying publishes. Every event has the order's id as its subject; amounts are minor units of `currency`."""

import msgspec

from comanda.kernel.event import Event
from comanda.kernel.goods import Pieces


class PaymentIntentCreated(Event, version=1):
    """Paying knows what is to be paid for the order, and how."""

    order_id: str
    intent_id: str
    method: str
    amount: int
    currency: str


class PaymentSucceeded(Event, version=1):
    """The payment is certain, published once. `amount` has been captured; `outstanding` is due on delivery."""

    order_id: str
    intent_id: str
    amount: int
    outstanding: int
    currency: str


class PaymentCaptured(Event, version=1):
    """Money came later than the success: on delivery, or after the payment had been given up."""

    order_id: str
    intent_id: str
    amount: int
    currency: str


class PaymentFailed(Event, version=1):
    """Nothing can be captured any more. `reason` is declined, insufficient_funds, expired or canceled."""

    order_id: str
    intent_id: str
    reason: str


class PaymentVoided(Event, version=1):
    """A sum that had not been captured is wanted no more. `cause` is undone, return or staff."""

    order_id: str
    intent_id: str
    cause: str
    amount: int
    currency: str


class PaymentRefunded(Event, version=1):
    """Money went back. `cause` is staff, return or undone; `remaining` is captured minus refunded.

    `restock` names the pieces that go back on the shelf.
    """

    order_id: str
    intent_id: str
    refund_id: str
    cause: str
    amount: int
    remaining: int
    currency: str
    restock: list[Pieces] = msgspec.field(default_factory=list)
    lines: list[Pieces] = msgspec.field(default_factory=list)


class PaymentRefundFailed(Event, version=1):
    """The provider refused a refund; it is listed for staff."""

    order_id: str
    intent_id: str
    refund_id: str
    cause: str
    amount: int
    currency: str
    reason: str
