"""A stage in foreign hands: what has become of it, which calls an order makes, and what an answer does. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from comanda.contexts.ordering.contract.events import OrderDelivered, OrderShipped, StageSettled
from comanda.contexts.ordering.contract.stages import INVENTORY, MAIL, PAYMENT, SHIPPING
from comanda.contexts.ordering.order import FAILED, FINAL, HAS_LEFT, PAID, RESERVED, SCHEDULED, Order
from comanda.kernel.event import Event

OPEN, ASKED, DONE, REFUSED, UNDOING, UNDONE = "open", "asked", "done", "refused", "undoing", "undone"
"""What has become of a stage: nothing asked; asked, and nobody knows; there; not there; to be undone; undone."""

RESERVE, COMMIT, RELEASE = "reserve", "commit", "release"
CHARGE, REFUND = "charge", "refund"
SCHEDULE, ASK_CANCEL, CANCEL = "schedule", "ask_cancel", "cancel"
CONFIRM = "confirm"

STAGE_OF = {
    RESERVE: INVENTORY,
    COMMIT: INVENTORY,
    RELEASE: INVENTORY,
    CHARGE: PAYMENT,
    REFUND: PAYMENT,
    SCHEDULE: SHIPPING,
    ASK_CANCEL: SHIPPING,
    CANCEL: SHIPPING,
    CONFIRM: MAIL,
}
"""Every kind of call, and whose it is."""

BEGINS = frozenset({RESERVE, CHARGE, SCHEDULE, CONFIRM})
UNDOES = frozenset({RELEASE, REFUND, CANCEL})
"""Undoing an order that is over; asking whether a paid one can still be canceled is ASK_CANCEL."""


@dataclass(slots=True)
class Stage:
    """One stage of one order. `token` is the card's, kept until the payment is settled."""

    order_id: str
    name: str
    state: str = OPEN
    token: str = ""
    changed: bool = False

    def become(self, state: str) -> None:
        """Change the state."""
        if self.state != state:
            self.state = state
            self.changed = True

    def forget_token(self, *, over: bool) -> None:
        """Keep a card's token no longer than somebody may still be asked to charge it."""
        if over and self.token:
            self.token = ""
            self.changed = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a foreign service said: one word of its kind of call, and what belongs to it."""

    outcome: str
    reason: str = ""
    reference: str = ""
    carrier: str = ""
    tracking_number: str = ""


def first_calls(stages: Sequence[str]) -> list[str]:
    """The calls that placing an order makes due."""
    return [RESERVE] if INVENTORY in stages else []


def calls_of(order: Order) -> Iterator[str]:
    """The calls that follow from what has just changed about an order, in their order."""
    for entry in order.entries:
        status = entry.changes.get("status")
        if status == RESERVED:
            yield from _if_foreign(order, CHARGE)
        elif status == PAID:
            yield from _if_foreign(order, COMMIT, SCHEDULE)
        elif status == SCHEDULED:
            yield from _if_foreign(order, CONFIRM)
        elif status in FINAL:
            yield from _if_foreign(order, RELEASE, REFUND, CANCEL)
        if entry.changes.get("cancel_requested") or entry.changes.get("setting_asks"):
            yield from _if_foreign(order, ASK_CANCEL)


def _if_foreign(order: Order, *kinds: str) -> Iterator[str]:
    return (kind for kind in kinds if STAGE_OF[kind] in order.foreign_stages)


def is_wanted(kind: str, order: Order, stage: Stage) -> bool:
    """Whether a call that is due is still to be made. What was never asked for needs no undoing."""
    if kind in UNDOES:
        return order.final and stage.state in (ASKED, DONE, UNDOING)
    if order.final:
        return False
    if kind == ASK_CANCEL:
        return order.cancel_is_out
    if kind == COMMIT:
        return stage.state == DONE and order.inventory == "reserved"
    return stage.state in (OPEN, ASKED) and not (kind == SCHEDULE and order.cancel_is_out)


def asking(kind: str, stage: Stage) -> None:
    """A call is about to be made: from here on nobody knows, until it is answered."""
    if kind in BEGINS:
        stage.become(ASKED)
    elif kind in UNDOES:
        stage.become(UNDOING)
    elif kind == ASK_CANCEL and stage.state == OPEN:
        stage.become(ASKED)


def settle(kind: str, told: Told, order: Order, stage: Stage) -> Iterator[Event]:
    """What an answer does to the stage and to the order, with the events that say so."""
    entry = order.note("StageSettled")
    yield StageSettled(
        order_id=order.id,
        stage=stage.name,
        outcome=told.outcome,
        reason=told.reason,
        reference=told.reference,
        carrier=told.carrier,
        tracking_number=told.tracking_number,
        foreign_stages=order.said_foreign,
    )
    stage.become(_AFTER[told.outcome])
    if stage.name == INVENTORY:
        yield from _inventory(told, order)
    elif stage.name == PAYMENT:
        yield from _payment(told, order)
    elif stage.name == SHIPPING:
        yield from _shipping(told, order)
    else:
        yield from _mail(told, order)
    if not entry.changes:
        entry.note = f"{stage.name}: {told.outcome}"


_AFTER = {
    "reserved": DONE,
    "insufficient": REFUSED,
    "committed": DONE,
    "released": UNDONE,
    "succeeded": DONE,
    "outstanding": DONE,
    "declined": REFUSED,
    "refunded": UNDONE,
    "voided": UNDONE,
    "scheduled": DONE,
    "refused": REFUSED,
    "canceled": UNDONE,
    "dispatched": DONE,
    "sent": DONE,
    "skipped": DONE,
    "failed": REFUSED,
}
"""What each word makes of its stage."""


def _inventory(told: Told, order: Order) -> Iterator[Event]:
    if told.outcome == "reserved":
        if order.inventory == "pending":
            order.set("inventory", "reserved")
        yield from order.advance()
    elif told.outcome == "insufficient":
        order.set("inventory", "insufficient")
        if not order.final:
            yield from order.move(FAILED, "StockInsufficient", "out of stock")
    elif told.outcome == "committed" or order.inventory != "pending":
        order.set("inventory", told.outcome)


def _payment(told: Told, order: Order) -> Iterator[Event]:
    if told.outcome in ("succeeded", "outstanding"):
        order.payment_certain = True
        order.set("payment", "approved" if told.outcome == "succeeded" else "outstanding")
        yield from order.advance()
    elif told.outcome == "declined":
        order.set("payment", "declined")
        if not order.final:
            yield from order.move(FAILED, "PaymentFailed", f"payment {told.reason or 'declined'}")
    else:
        order.set("payment", told.outcome)


def _shipping(told: Told, order: Order) -> Iterator[Event]:
    if told.outcome == "scheduled":
        if order.fulfillment == "pending":
            order.set("fulfillment", "scheduled")
        order.set("tracking_number", told.tracking_number or None)
        yield from order.advance()
    elif told.outcome == "refused":
        yield from order.shipment_ended("ShipmentFailed", told.reason or "the carrier cannot take it")
    elif told.outcome == "canceled":
        yield from order.shipment_ended("ShipmentCanceled", told.reason or "canceled")
    else:
        if order.fulfillment not in HAS_LEFT:
            order.set("fulfillment", "shipped")
            yield OrderShipped(order_id=order.id)
        yield from order.cancel_refused()


def _mail(told: Told, order: Order) -> Iterator[Event]:
    order.set("confirmation", told.outcome)
    yield from order.advance()


def parcel_has_left(order: Order) -> Iterator[Event]:
    """The foreign carrier has the parcel, as staff or the foreign service say."""
    if order.fulfillment not in HAS_LEFT:
        order.set("fulfillment", "shipped")
        yield _about_parcel(order, "dispatched")
        yield OrderShipped(order_id=order.id)
        yield from order.advance()


def parcel_has_arrived(order: Order) -> Iterator[Event]:
    """The parcel is with the customer."""
    order.set("fulfillment", "delivered")
    order.set("delivered", True)
    yield _about_parcel(order, "delivered")
    yield OrderDelivered(order_id=order.id)
    yield from order.advance()


def _about_parcel(order: Order, outcome: str) -> StageSettled:
    return StageSettled(
        order_id=order.id,
        stage=SHIPPING,
        outcome=outcome,
        tracking_number=order.tracking_number or "",
        foreign_stages=order.said_foreign,
    )
