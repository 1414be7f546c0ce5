"""The order: its states, facets and rules. Pure: nothing here touches a database.

The status follows from the facts: a fact sets a facet, and `advance` moves the status as far as the facts allow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from msgspec import UNSET, UnsetType

from comanda.contexts.ordering.contract.events import (
    OrderCanceled,
    OrderCancelRequested,
    OrderCompleted,
    OrderConfirmed,
    OrderFailed,
    OrderShippingScheduled,
)
from comanda.kernel.errors import Conflict
from comanda.kernel.event import Event

CREATED, RESERVED, PAID, SCHEDULED = "created", "reserved", "paid", "shipping_scheduled"
COMPLETED, FAILED, CANCELED = "completed", "failed", "canceled"

FINAL = frozenset({FAILED, CANCELED})
BEFORE_PAID = frozenset({CREATED, RESERVED})
HAS_LEFT = frozenset({"shipped", "delivered", "returned"})
"""Values of the facet `fulfillment` from the dispatch on: there is no cancel then, only a return."""

TRANSITIONS: dict[str, dict[str, frozenset[str]]] = {
    CREATED: {
        RESERVED: frozenset({"StockReserved"}),
        FAILED: frozenset({"StockInsufficient", "PaymentFailed", "deadline"}),
        CANCELED: frozenset({"cancel"}),
    },
    RESERVED: {
        PAID: frozenset({"PaymentSucceeded"}),
        FAILED: frozenset({"PaymentFailed", "deadline"}),
        CANCELED: frozenset({"cancel"}),
    },
    PAID: {
        SCHEDULED: frozenset({"ShipmentScheduled"}),
        FAILED: frozenset({"ShipmentFailed"}),
        CANCELED: frozenset({"ShipmentCanceled"}),
    },
    SCHEDULED: {
        COMPLETED: frozenset({"confirmation"}),
        FAILED: frozenset({"ShipmentFailed", "setting"}),
        CANCELED: frozenset({"ShipmentCanceled"}),
    },
    COMPLETED: {
        FAILED: frozenset({"ShipmentFailed"}),
        CANCELED: frozenset({"ShipmentCanceled"}),
    },
    FAILED: {},
    CANCELED: {},
}
"""From → to → causes. No other transition of a managed order exists; the last row's two only before dispatch."""

FACETS = ("payment", "inventory", "fulfillment", "invoice", "confirmation")

LOOK_AFTER = timedelta(minutes=10)
"""How long shipping may take to answer a cancel before it is asked again."""


class IllegalTransition(Exception):
    """A move outside of the table: a defect, never a caller's fault."""


class OrderAlreadyShipped(Conflict):
    """The parcel has left: that is a return."""

    code = "order-already-shipped"


class OrderIsOver(Conflict):
    """The order has failed or was canceled; nothing changes its status again."""

    code = "order-is-over"


@dataclass(slots=True)
class Entry:
    """A line of the timeline: what changed, why, by whom. `trace` and `actor` are None for the order's own process."""

    number: int
    cause: str
    changes: dict[str, Any]
    actor: str | None = None
    trace: str | None = None
    note: str | None = None


@dataclass(slots=True)
class Order:
    """How far a managed order is. Methods yield the events to publish and note in `entries` what changed.

    `deadline` is set while something is waited for: before the payment is certain it ends the order, later it only
    says that somebody has to look whether a step got lost. `foreign_stages` are kept by foreign services.
    """

    id: str
    number: int
    status: str = CREATED
    payment: str = "pending"
    inventory: str = "pending"
    fulfillment: str = "pending"
    invoice: str = "none"
    confirmation: str = "pending"
    payment_certain: bool = False
    delivered: bool = False
    cancel_requested: bool = False
    setting_asks: bool = False
    reason: str | None = None
    tracking_number: str | None = None
    invoice_number: str | None = None
    entry_count: int = 1
    deadline: datetime | None = None
    completed_at: datetime | None = None
    version: int = 1
    foreign_stages: Sequence[str] = ()
    confirmed: OrderConfirmed | None = None
    entries: list[Entry] = field(default_factory=list)
    now: datetime | None = None
    fail_on_unconfirmed: bool = False
    trace: str = ""

    @property
    def final(self) -> bool:
        """Failed or canceled: the status never changes again; facets go on."""
        return self.status in FINAL

    @property
    def said_foreign(self) -> list[str] | UnsetType:
        """`foreign_stages` as events say it: left out when there are none."""
        return list(self.foreign_stages) if self.foreign_stages else UNSET

    @property
    def cancel_is_out(self) -> bool:
        """Shipping has been asked and has not answered: the status stays, facts are recorded and acted on later."""
        return self.cancel_requested or self.setting_asks

    def note(self, cause: str, actor: str | None = None, trace: str | None = None, text: str | None = None) -> Entry:
        """Open a timeline entry; what the order's methods change from here on is written into it."""
        self.entry_count += 1
        entry = Entry(self.entry_count, cause, {}, actor, trace, text)
        self.entries.append(entry)
        return entry

    def set(self, facet: str, value: Any) -> None:
        """Change a facet and say so in the present timeline entry."""
        if getattr(self, facet) != value:
            setattr(self, facet, value)
            self.entries[-1].changes[facet] = value

    def move(self, status: str, cause: str, reason: str | None = None) -> Iterator[Event]:
        """Change the status along the table. Raises IllegalTransition for any other move.

        A fact that moves the order twice makes two timeline entries: each shows one row of the table.
        """
        if cause not in TRANSITIONS[self.status].get(status, ()):
            raise IllegalTransition(f"{self.status} to {status} because of {cause}")
        if self.status == COMPLETED and self.fulfillment in HAS_LEFT:
            raise IllegalTransition(f"{self.status} to {status} after the dispatch")
        entry = self.entries[-1]
        if "status" in entry.changes:
            self.note(entry.cause, entry.actor, entry.trace)
        self.set("status", status)
        if status == PAID:
            assert self.confirmed is not None
            yield self.confirmed
        elif status == SCHEDULED:
            yield OrderShippingScheduled(order_id=self.id)
        elif status == COMPLETED:
            self.deadline = None
            self.completed_at = self.now
            yield OrderCompleted(order_id=self.id, confirmation=self.confirmation)
        elif status in FINAL:
            yield from self._end(status, reason or cause)

    def _end(self, status: str, reason: str) -> Iterator[Event]:
        self.deadline = None
        self.set("reason", reason)
        self.set("cancel_requested", False)
        self.set("setting_asks", False)
        ended = OrderFailed if status == FAILED else OrderCanceled
        yield ended(order_id=self.id, number=self.number, reason=reason, foreign_stages=self.said_foreign)

    def advance(self) -> Iterator[Event]:
        """Move as far as the facts allow. Called after each fact."""
        while True:
            if self.status == CREATED and self.inventory in ("reserved", "committed"):
                yield from self.move(RESERVED, "StockReserved")
            elif self.status == RESERVED and self.payment_certain:
                yield from self.move(PAID, "PaymentSucceeded")
            elif self.cancel_is_out:
                return
            elif self.status == PAID and (self.fulfillment == "scheduled" or self.fulfillment in HAS_LEFT):
                yield from self.move(SCHEDULED, "ShipmentScheduled")
            elif self.status == SCHEDULED and self._unconfirmed_must_fail:
                yield from self._ask_because_of_setting()
                return
            elif self.status == SCHEDULED and self.confirmation in ("sent", "skipped", "failed"):
                yield from self.move(COMPLETED, "confirmation")
            else:
                return

    @property
    def _unconfirmed_must_fail(self) -> bool:
        return self.fail_on_unconfirmed and self.confirmation == "failed" and self.fulfillment not in HAS_LEFT

    def _ask_because_of_setting(self) -> Iterator[Event]:
        self.set("setting_asks", True)
        yield self.cancel_request("the customer could not be told", by_setting=True)

    def cancel_request(self, reason: str, *, by_setting: bool = False) -> OrderCancelRequested:
        """What asks shipping whether the order can still be canceled."""
        return OrderCancelRequested(
            order_id=self.id, reason=reason, by_setting=by_setting, foreign_stages=self.said_foreign
        )

    def cancel(self, reason: str) -> Iterator[Event]:
        """Cancel: at once before the payment is certain, after it as soon as shipping agrees.

        Raises OrderAlreadyShipped when the parcel has left, OrderIsOver when the order has failed. Canceling twice
        changes nothing.
        """
        if self.status == CANCELED:
            return
        if self.status == FAILED:
            raise OrderIsOver("The order has failed; there is nothing to cancel.", order_status=self.status)
        if self.status in BEFORE_PAID:
            yield from self.move(CANCELED, "cancel", reason)
            return
        if self.fulfillment in HAS_LEFT:
            raise OrderAlreadyShipped("The parcel has left. Ask for a return instead.", order_status=self.status)
        if self.cancel_requested:
            return
        self.set("reason", reason)
        self.set("cancel_requested", True)
        if self.deadline is None and self.now is not None:
            self.deadline = self.now + LOOK_AFTER
        if not self.setting_asks:
            yield self.cancel_request(reason)

    def run_out(self) -> Iterator[Event]:
        """The deadline has passed without a certain payment: the order fails. Later deadlines never end an order."""
        if self.status in BEFORE_PAID:
            yield from self.move(FAILED, "deadline", "not paid in time")

    def shipment_ended(self, cause: str, reason: str) -> Iterator[Event]:
        """The shipment was canceled or has failed, before dispatch: the order ends with it, unless it is over."""
        self.set("fulfillment", "canceled")
        if self.final:
            return
        if cause == "ShipmentFailed":
            yield from self.move(FAILED, cause, reason)
        elif self.setting_asks and not self.cancel_requested:
            yield from self.move(FAILED, "setting", "the customer could not be told")
        else:
            yield from self.move(CANCELED, cause, self.reason or reason)

    def cancel_refused(self) -> Iterator[Event]:
        """Shipping says the parcel has left: what was asked is off, and what had waited goes on."""
        self.set("cancel_requested", False)
        self.set("setting_asks", False)
        if not self.final:
            self.set("reason", None)
        if self.status == COMPLETED:
            self.deadline = None
        yield from self.advance()
