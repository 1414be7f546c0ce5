"""The rules of one order, each on its own: states, facets, cancel, deadlines."""

from collections.abc import Callable

import pytest

from comanda.contexts.ordering.order import (
    CANCELED,
    COMPLETED,
    CREATED,
    FAILED,
    FINAL,
    PAID,
    RESERVED,
    SCHEDULED,
    TRANSITIONS,
    IllegalTransition,
    Order,
    OrderAlreadyShipped,
    OrderIsOver,
)
from comanda.kernel.event import Event
from tests.contexts.ordering.alone import Alone
from tests.contexts.ordering.facts import (
    NOW,
    confirmation_failed,
    confirmation_sent,
    credit_note_issued,
    invoice_drafted,
    invoice_issued,
    invoice_voided,
    order_confirmed,
    payment_captured,
    payment_failed,
    payment_refunded,
    payment_succeeded,
    payment_voided,
    refund_failed,
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
    way_forward,
)

TABLE = {
    ("created", "reserved"): {"StockReserved"},
    ("created", "failed"): {"StockInsufficient", "PaymentFailed", "deadline"},
    ("created", "canceled"): {"cancel"},
    ("reserved", "paid"): {"PaymentSucceeded"},
    ("reserved", "failed"): {"PaymentFailed", "deadline"},
    ("reserved", "canceled"): {"cancel"},
    ("paid", "shipping_scheduled"): {"ShipmentScheduled"},
    ("paid", "failed"): {"ShipmentFailed"},
    ("paid", "canceled"): {"ShipmentCanceled"},
    ("shipping_scheduled", "completed"): {"confirmation"},
    ("shipping_scheduled", "failed"): {"ShipmentFailed", "setting"},
    ("shipping_scheduled", "canceled"): {"ShipmentCanceled"},
    ("completed", "canceled"): {"ShipmentCanceled"},
    ("completed", "failed"): {"ShipmentFailed"},
}


def reserved() -> Alone:
    return Alone().read(stock_reserved("o"))


def paid() -> Alone:
    return reserved().read(payment_succeeded("o"))


def scheduled(*, fails: bool = False) -> Alone:
    return Alone(fails=fails).read(stock_reserved("o"), payment_succeeded("o"), shipment_scheduled("o"))


def completed() -> Alone:
    return scheduled().read(confirmation_sent("o"))


def shipped() -> Alone:
    return completed().read(shipment_dispatched("o"))


def test_the_table_has_the_fourteen_transitions_and_no_other() -> None:
    found = {(here, there): set(causes) for here, row in TRANSITIONS.items() for there, causes in row.items()}
    assert found == TABLE


@pytest.mark.parametrize("here", TRANSITIONS)
@pytest.mark.parametrize("there", TRANSITIONS)
@pytest.mark.parametrize("cause", sorted({cause for causes in TABLE.values() for cause in causes} | {"whim"}))
def test_every_move_outside_of_the_table_is_refused(here: str, there: str, cause: str) -> None:
    order = Order(id="o", number=1, status=here, now=NOW, confirmed=order_confirmed("o"))
    order.note(cause)
    if cause in TABLE.get((here, there), set()):
        list(order.move(there, cause))
        assert order.status == there
    else:
        with pytest.raises(IllegalTransition):
            list(order.move(there, cause))
        assert order.status == here


def test_the_way_forward_completes_the_order() -> None:
    order = Alone().read(*way_forward("o"))
    assert order.status == COMPLETED
    assert order.names == ["OrderConfirmed", "OrderShippingScheduled", "OrderCompleted"]
    assert order.row.completed_at == NOW
    assert order.row.deadline is None
    assert order.row.tracking_number == "CM1"
    assert order.row.invoice_number == "INV-2026-000001"
    order.assert_explained()


def test_a_shortage_fails_the_order() -> None:
    order = Alone().read(stock_insufficient("o"))
    assert (order.status, order.row.inventory, order.row.reason) == (FAILED, "insufficient", "out of stock")
    assert order.names == ["OrderFailed"]


@pytest.mark.parametrize("begun", [Alone, reserved])
def test_a_failed_payment_fails_the_order(begun: Callable[[], Alone]) -> None:
    order = begun().read(payment_failed("o"))
    assert (order.status, order.row.payment, order.row.reason) == (FAILED, "declined", "payment declined")


def test_a_transfer_recorded_before_the_reservation_waits_for_it() -> None:
    order = Alone().read(payment_succeeded("o"))
    assert (order.status, order.row.payment) == (CREATED, "approved")
    order.read(stock_reserved("o"))
    assert order.status == PAID
    assert [e.changes["status"] for e in order.row.entries if "status" in e.changes] == ["reserved", "paid"]
    order.assert_explained()


def test_payment_on_delivery_is_certain_and_outstanding_until_the_parcel_arrives() -> None:
    order = reserved().read(payment_succeeded("o", outstanding=2_000))
    assert (order.status, order.row.payment) == (PAID, "outstanding")
    order.read(shipment_scheduled("o"), confirmation_sent("o"), shipment_dispatched("o"), shipment_delivered("o"))
    assert order.row.payment == "outstanding"
    order.read(payment_captured("o"))
    assert order.row.payment == "approved"


def test_a_parcel_that_comes_back_unpaid_is_no_sale() -> None:
    order = reserved().read(payment_succeeded("o", outstanding=2_000), shipment_scheduled("o"), confirmation_sent("o"))
    order.read(shipment_dispatched("o"), return_received("o"), payment_voided("o", "return"))
    assert (order.status, order.row.payment, order.row.fulfillment) == (COMPLETED, "voided", "returned")
    assert [back.amount for back in order.given_back] == [2_000]


@pytest.mark.parametrize("begun", [Alone, reserved])
def test_a_cancel_before_paid_takes_effect_at_once(begun: Callable[[], Alone]) -> None:
    order = begun().cancel()
    assert (order.status, order.row.reason, order.row.cancel_requested) == (CANCELED, "changed my mind", False)
    assert order.names == ["OrderCanceled"]


@pytest.mark.parametrize("begun", [paid, scheduled, completed])
def test_a_cancel_from_paid_on_asks_shipping_once(begun: Callable[[], Alone]) -> None:
    order = begun()
    status = order.status
    order.cancel().cancel().cancel()
    assert (order.status, order.row.cancel_requested) == (status, True)
    assert order.count("OrderCancelRequested") == 1
    assert order.row.deadline is not None


@pytest.mark.parametrize("begun", [paid, scheduled, completed])
def test_when_shipping_agrees_the_order_is_canceled(begun: Callable[[], Alone]) -> None:
    order = begun().cancel("too late for the party").read(shipment_canceled("o"))
    assert (order.status, order.row.fulfillment, order.row.cancel_requested) == (CANCELED, "canceled", False)
    assert order.row.reason == "too late for the party"
    assert order.count("OrderCanceled") == 1
    order.assert_explained()


def test_while_shipping_decides_the_status_stays_and_facts_are_kept() -> None:
    order = paid().cancel().read(stock_committed("o"), invoice_issued("o"))
    assert (order.status, order.row.inventory, order.row.invoice) == (PAID, "committed", "issued")


def test_a_refused_cancel_lets_the_order_go_on_from_where_its_facts_are() -> None:
    order = paid().cancel().read(shipment_scheduled("o"), confirmation_sent("o"), shipment_dispatched("o"))
    assert order.status == PAID
    order.read(shipment_cancel_refused("o"))
    assert (order.status, order.row.fulfillment) == (COMPLETED, "shipped")
    assert (order.row.cancel_requested, order.row.reason, order.row.deadline) == (False, None, None)
    assert [e.changes["status"] for e in order.row.entries if "status" in e.changes][-2:] == [SCHEDULED, COMPLETED]
    order.assert_explained()


def test_after_a_refused_cancel_of_a_completed_order_nobody_waits_any_more() -> None:
    order = completed().cancel().read(shipment_dispatched("o"), shipment_cancel_refused("o"))
    assert (order.status, order.row.deadline, order.row.cancel_requested) == (COMPLETED, None, False)


@pytest.mark.parametrize("fact", [shipment_dispatched, shipment_delivered, return_received])
def test_once_the_dispatch_is_known_a_cancel_is_refused(fact: Callable[[str], Event]) -> None:
    order = completed().read(shipment_dispatched("o"), fact("o"))
    with pytest.raises(OrderAlreadyShipped):
        order.cancel()


def test_a_cancel_is_refused_though_one_is_out_once_the_dispatch_is_known() -> None:
    order = completed().cancel().read(shipment_dispatched("o"))
    with pytest.raises(OrderAlreadyShipped):
        order.cancel()


def test_a_failed_order_cannot_be_canceled() -> None:
    with pytest.raises(OrderIsOver):
        Alone().read(stock_insufficient("o")).cancel()


def test_canceling_a_canceled_order_changes_nothing() -> None:
    order = reserved().cancel().cancel()
    assert order.count("OrderCanceled") == 1
    assert order.row.entries[-1].changes == {}


@pytest.mark.parametrize("begun", [paid, scheduled, completed])
def test_a_shipment_that_staff_cancel_cancels_the_order(begun: Callable[[], Alone]) -> None:
    order = begun().read(shipment_canceled("o"))
    assert (order.status, order.row.reason) == (CANCELED, "canceled by staff")


@pytest.mark.parametrize("begun", [paid, scheduled, completed])
def test_a_carrier_that_fails_before_dispatch_fails_the_order(begun: Callable[[], Alone]) -> None:
    order = begun().read(shipment_failed("o"))
    assert (order.status, order.row.fulfillment, order.row.reason) == (FAILED, "canceled", "the carrier cannot")


@pytest.mark.parametrize(
    "fact",
    [stock_insufficient, payment_failed, shipment_failed, shipment_canceled, confirmation_failed, payment_refunded],
)
@pytest.mark.parametrize("over", [lambda: reserved().cancel(), lambda: paid().read(shipment_failed("o"))])
def test_facts_that_reach_a_final_order_change_facets_only(
    over: Callable[[], Alone], fact: Callable[[str], Event]
) -> None:
    order = over()
    status, said = order.status, len(order.said)
    order.read(fact("o"))
    assert order.status == status
    assert len(order.said) == said
    order.assert_explained()


def test_what_undoing_brings_back_shows_in_the_facets() -> None:
    order = paid().read(stock_committed("o"), invoice_issued("o"), shipment_failed("o"))
    order.read(stock_released("o"), payment_refunded("o"), credit_note_issued("o"))
    row = order.row
    assert (row.inventory, row.payment, row.invoice) == ("released", "refunded", "credited")


def test_a_refund_in_part_shows_as_such() -> None:
    order = completed().read(payment_refunded("o", 500, remaining=1_500))
    assert order.row.payment == "partially_refunded"
    order.read(payment_refunded("o", 1_500, refund_id="r2"))
    assert order.row.payment == "refunded"
    assert [back.amount for back in order.given_back] == [500, 1_500]


def test_an_invoice_credited_in_part_stays_issued() -> None:
    order = completed().read(invoice_issued("o"), credit_note_issued("o", 700))
    assert order.row.invoice == "issued"


def test_a_draft_that_is_wanted_no_more_is_void() -> None:
    assert reserved().read(invoice_drafted("o")).cancel().read(invoice_voided("o")).row.invoice == "void"


def test_a_refund_that_fails_is_listed_for_staff_every_time() -> None:
    order = completed().read(refund_failed("o"), refund_failed("o", "r2"))
    assert [(task.kind, "r1" in task.detail or "r2" in task.detail) for task in order.tasks] == [
        ("refund_failed", True),
        ("refund_failed", True),
    ]
    assert order.tasks[0] != order.tasks[1]


def test_an_order_without_an_address_to_write_to_completes() -> None:
    order = scheduled().read(confirmation_sent("o", skipped=True))
    assert (order.status, order.row.confirmation) == (COMPLETED, "skipped")


def test_a_failed_confirmation_completes_the_order_and_leaves_staff_a_task() -> None:
    order = scheduled().read(confirmation_failed("o"))
    assert (order.status, order.row.confirmation) == (COMPLETED, "failed")
    assert [task.kind for task in order.tasks] == ["tell_customer"]


def test_a_message_resent_by_staff_settles_the_task() -> None:
    order = scheduled().read(confirmation_failed("o"), confirmation_sent("o"))
    assert (order.row.confirmation, order.told) == ("sent", ["o"])


def test_by_the_setting_a_failed_confirmation_asks_shipping_and_fails_the_order() -> None:
    order = scheduled(fails=True).read(confirmation_failed("o"))
    assert (order.status, order.row.cancel_requested, order.row.setting_asks) == (SCHEDULED, False, True)
    assert order.count("OrderCancelRequested") == 1
    assert order.tasks == []
    order.read(shipment_canceled("o"))
    assert (order.status, order.row.reason) == (FAILED, "the customer could not be told")


def test_a_customer_who_cancels_while_the_setting_asks_gets_a_canceled_order() -> None:
    order = scheduled(fails=True).read(confirmation_failed("o")).cancel()
    assert order.count("OrderCancelRequested") == 1
    assert order.read(shipment_canceled("o")).status == CANCELED


def test_by_the_setting_a_parcel_that_has_left_completes_the_order_all_the_same() -> None:
    order = scheduled(fails=True).read(shipment_dispatched("o"), confirmation_failed("o"))
    assert (order.status, order.row.fulfillment) == (COMPLETED, "shipped")
    assert [task.kind for task in order.tasks] == ["tell_customer"]


def test_by_the_setting_a_refused_cancel_completes_the_order() -> None:
    order = scheduled(fails=True).read(confirmation_failed("o"), shipment_dispatched("o"), shipment_cancel_refused("o"))
    assert (order.status, order.row.setting_asks) == (COMPLETED, False)
    assert [task.kind for task in order.tasks] == ["tell_customer"]


def test_a_message_that_gets_through_while_the_setting_asks_does_not_call_the_cancel_off() -> None:
    order = scheduled(fails=True).read(confirmation_failed("o"), confirmation_sent("o"))
    assert order.status == SCHEDULED
    assert order.read(shipment_canceled("o")).status == FAILED


@pytest.mark.parametrize("begun", [Alone, reserved])
def test_the_deadline_fails_an_unpaid_order(begun: Callable[[], Alone]) -> None:
    order = begun().run_out()
    assert (order.status, order.row.reason, order.row.deadline) == (FAILED, "not paid in time", None)


@pytest.mark.parametrize("begun", [paid, scheduled, completed, shipped])
def test_a_deadline_never_ends_a_paid_order(begun: Callable[[], Alone]) -> None:
    order = begun()
    status = order.status
    assert order.run_out().status == status


def test_shipped_and_delivered_are_published() -> None:
    order = shipped().read(shipment_delivered("o"))
    assert order.names[-2:] == ["OrderShipped", "OrderDelivered"]
    assert order.row.delivered


def test_a_parcel_seen_leaving_before_the_confirmation_is_settled_waits_for_it() -> None:
    order = scheduled().read(shipment_dispatched("o"))
    assert (order.status, order.row.fulfillment) == (SCHEDULED, "shipped")
    assert order.read(confirmation_sent("o")).status == COMPLETED


def test_a_return_that_is_here_is_noted() -> None:
    order = shipped().read(shipment_delivered("o"), return_received("o", "return-1"))
    assert (order.row.fulfillment, order.returns_received, order.row.delivered) == ("returned", ["return-1"], True)


def test_the_same_events_again_change_nothing() -> None:
    order = Alone().read(*way_forward("o"))
    said, version = list(order.said), order.row.status
    order.read(*way_forward("o")[1:])
    assert (order.said, order.status) == (said, version)


def test_final_states_are_failed_and_canceled() -> None:
    assert {status for status, row in TRANSITIONS.items() if not row} == FINAL == {FAILED, CANCELED}
    assert RESERVED in TRANSITIONS[CREATED]
