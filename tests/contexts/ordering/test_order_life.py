"""Random lives of an order among services that answer when they like: nothing may break, nothing may stay undecided."""

from collections import deque
from collections.abc import Callable

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from comanda.contexts.ordering.order import FINAL, HAS_LEFT, OrderAlreadyShipped, OrderIsOver
from comanda.kernel.event import Event
from tests.contexts.ordering.alone import Alone
from tests.contexts.ordering.facts import (
    confirmation_failed,
    confirmation_sent,
    payment_captured,
    payment_failed,
    payment_refunded,
    payment_succeeded,
    payment_voided,
    return_received,
    shipment_cancel_refused,
    shipment_canceled,
    shipment_delivered,
    shipment_dispatched,
    shipment_failed,
    shipment_scheduled,
    stock_committed,
    stock_insufficient,
    stock_released,
    stock_reserved,
)


class OrderLife(RuleBasedStateMachine):
    """One order; what the services have said and ordering has not read waits in a queue for each of them."""

    @initialize()
    def place(self) -> None:
        """Place the order."""
        self.order = Alone()
        self.unread: dict[str, deque[Event]] = {
            name: deque() for name in ("stocking", "paying", "shipping", "notifying")
        }
        self.heard = 0
        self.stock = self.payment = self.parcel = self.message = "none"
        self.undone = False
        self.asked = 0

    def say(self, service: str, fact: Callable[[str], Event]) -> None:
        """A service publishes."""
        self.unread[service].append(fact("o"))

    def listen(self) -> None:
        """The services read what ordering has published since."""
        for event in self.order.said[self.heard :]:
            name = type(event).__name__
            if name == "OrderConfirmed":
                self.confirm()
            elif name == "OrderCancelRequested":
                self.asked += 1
            elif name in ("OrderCanceled", "OrderFailed"):
                self.undo()
        self.heard = len(self.order.said)

    def confirm(self) -> None:
        """What follows from a certain payment."""
        self.stock, self.parcel = "committed", "booking"
        self.say("stocking", stock_committed)

    def undo(self) -> None:
        """What follows from the end of the order."""
        assert not self.undone, "the order ended twice"
        self.undone = True
        if self.stock in ("reserved", "committed"):
            self.stock = "released"
            self.say("stocking", stock_released)
        if self.payment == "captured":
            self.say("paying", payment_refunded)
        elif self.payment in ("none", "outstanding"):
            self.payment = "voided"
            self.say("paying", payment_voided)
        assert self.parcel not in ("dispatched", "delivered", "returned"), "the parcel of an order that is over"
        if self.parcel in ("booking", "scheduled"):
            self.parcel = "canceled"
            self.say("shipping", shipment_canceled)

    @precondition(lambda self: self.stock == "none" and not self.undone)
    @rule()
    def stocking_reserves(self) -> None:
        """There is enough."""
        self.stock = "reserved"
        self.say("stocking", stock_reserved)

    @precondition(lambda self: self.stock == "none" and not self.undone)
    @rule()
    def stocking_has_too_little(self) -> None:
        """There is not enough."""
        self.stock = "insufficient"
        self.say("stocking", stock_insufficient)

    @precondition(lambda self: self.payment == "none" and not self.undone)
    @rule()
    def paying_takes_the_money(self) -> None:
        """The money is here."""
        self.payment = "captured"
        self.say("paying", payment_succeeded)

    @precondition(lambda self: self.payment == "none" and not self.undone)
    @rule()
    def paying_waits_for_the_delivery(self) -> None:
        """The money comes on delivery."""
        self.payment = "outstanding"
        self.unread["paying"].append(payment_succeeded("o", outstanding=2_000))

    @precondition(lambda self: self.payment == "none" and not self.undone)
    @rule()
    def paying_gives_up(self) -> None:
        """There will be no money."""
        self.payment = "failed"
        self.say("paying", payment_failed)

    @precondition(lambda self: self.parcel == "booking")
    @rule()
    def the_carrier_books(self) -> None:
        """There will be a parcel."""
        self.parcel = "scheduled"
        self.say("shipping", shipment_scheduled)

    @precondition(lambda self: self.parcel in ("booking", "scheduled"))
    @rule()
    def the_carrier_fails(self) -> None:
        """There will be no parcel."""
        self.parcel = "failed"
        self.say("shipping", shipment_failed)

    @precondition(lambda self: self.parcel in ("booking", "scheduled"))
    @rule()
    def staff_cancel_the_shipment(self) -> None:
        """The parcel is stopped."""
        self.parcel = "canceled"
        self.say("shipping", shipment_canceled)

    @precondition(lambda self: self.parcel == "scheduled")
    @rule()
    def the_parcel_leaves(self) -> None:
        """It is on its way."""
        self.parcel = "dispatched"
        self.say("shipping", shipment_dispatched)

    @precondition(lambda self: self.parcel == "dispatched")
    @rule()
    def the_parcel_arrives(self) -> None:
        """It is there."""
        self.parcel = "delivered"
        self.say("shipping", shipment_delivered)
        if self.payment == "outstanding":
            self.payment = "captured"
            self.say("paying", payment_captured)

    @precondition(lambda self: self.parcel in ("dispatched", "delivered"))
    @rule()
    def the_goods_come_back(self) -> None:
        """Refused at the door, or given back."""
        self.parcel = "returned"
        self.say("shipping", return_received)

    @precondition(lambda self: self.asked > 0)
    @rule()
    def shipping_decides(self) -> None:
        """Whether the order can still be canceled."""
        self.asked -= 1
        if self.parcel in ("dispatched", "delivered", "returned"):
            self.say("shipping", shipment_cancel_refused)
        elif self.parcel in ("none", "booking", "scheduled"):
            self.parcel = "canceled"
            self.say("shipping", shipment_canceled)

    @precondition(lambda self: self.parcel not in ("none", "booking") and self.message == "none")
    @rule()
    def the_message_is_sent(self) -> None:
        """The customer knows."""
        self.message = "sent"
        self.say("notifying", confirmation_sent)

    @precondition(lambda self: self.parcel not in ("none", "booking") and self.message == "none")
    @rule()
    def the_message_fails(self) -> None:
        """The customer cannot be reached."""
        self.message = "failed"
        self.say("notifying", confirmation_failed)

    @precondition(lambda self: self.message == "failed")
    @rule()
    def staff_send_it_again(self) -> None:
        """This time it gets through."""
        self.message = "sent"
        self.say("notifying", confirmation_sent)

    @rule()
    def the_customer_cancels(self) -> None:
        """At any time, as often as they like."""
        try:
            self.order.cancel()
        except (OrderAlreadyShipped, OrderIsOver):
            assert self.order.row.fulfillment in HAS_LEFT or self.order.status == "failed"
        self.listen()

    @rule()
    def the_deadline_passes(self) -> None:
        """It is judged at any time."""
        self.order.run_out()
        self.listen()

    @rule()
    def the_setting_is_changed(self) -> None:
        """What becomes of orders whose customer cannot be told."""
        self.order.row.fail_on_unconfirmed = not self.order.row.fail_on_unconfirmed

    @rule()
    def ordering_reads_from_stocking(self) -> None:
        """The next event of one publisher."""
        self.read("stocking")

    @rule()
    def ordering_reads_from_paying(self) -> None:
        """The next event of one publisher."""
        self.read("paying")

    @rule()
    def ordering_reads_from_shipping(self) -> None:
        """The next event of one publisher."""
        self.read("shipping")

    @rule()
    def ordering_reads_from_notifying(self) -> None:
        """The next event of one publisher."""
        self.read("notifying")

    def read(self, service: str) -> None:
        """Ordering reads the next event of a publisher, and everybody reads what it says."""
        if self.unread[service]:
            self.order.read(self.unread[service].popleft())
            self.listen()

    @invariant()
    def the_timeline_explains_the_order(self) -> None:
        """The timeline walks the table, and replaying it gives the row."""
        if hasattr(self, "order"):
            self.order.assert_explained()
            assert self.order.count("OrderConfirmed") <= 1
            assert self.order.count("OrderCanceled") + self.order.count("OrderFailed") <= 1

    def teardown(self) -> None:
        """When everything is read and decided, nothing is left undecided."""
        if not hasattr(self, "order"):
            return
        while self.asked or any(self.unread.values()):
            for service in self.unread:
                self.read(service)
            if self.asked:
                self.shipping_decides()
        row = self.order.row
        assert not row.cancel_is_out
        assert (row.status in FINAL) == self.undone
        if row.status in FINAL:
            assert row.deadline is None
            assert row.fulfillment not in HAS_LEFT
        elif row.fulfillment in HAS_LEFT and row.confirmation != "pending":
            assert row.status == "completed"


TestOrderLife = OrderLife.TestCase
TestOrderLife.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
