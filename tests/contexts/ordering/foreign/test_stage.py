"""Which calls to foreign services follow from an order's own changes, and what their answers do to it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from comanda.contexts.ordering.contract.events import OrderCancelRequested, OrderConfirmed, StageSettled
from comanda.contexts.ordering.contract.stages import INVENTORY, MAIL, PAYMENT, SHIPPING, STAGES
from comanda.contexts.ordering.foreign.stage import (
    ASK_CANCEL,
    ASKED,
    BEGINS,
    CANCEL,
    CHARGE,
    COMMIT,
    CONFIRM,
    DONE,
    OPEN,
    REFUND,
    REFUSED,
    RELEASE,
    RESERVE,
    SCHEDULE,
    STAGE_OF,
    UNDOES,
    UNDOING,
    UNDONE,
    Stage,
    Told,
    calls_of,
    first_calls,
    is_wanted,
    settle,
)
from comanda.contexts.ordering.order import Order


def an_order(**known: Any) -> Order:
    """An order with all stages in foreign hands."""
    order = Order(id="01a1fd00-0000-7000-8000-000000000001", number=7, **({"foreign_stages": STAGES} | known))
    order.now = datetime(2026, 5, 1, tzinfo=UTC)
    order.confirmed = OrderConfirmed(
        order_id=order.id,
        number=7,
        reference="R",
        customer_id=None,
        currency="EUR",
        lines=[],
        shipping=0,
        tax=0,
        total=100,
        country="PT",
        shipping_method="m",
        payment_method="card",
    )
    return order


def told(order: Order, kind: str, outcome: str) -> list[Any]:
    """The events that an answer leads to."""
    return list(settle(kind, Told(outcome=outcome), order, Stage(order.id, STAGE_OF[kind], ASKED)))


def test_each_step_of_the_way_forward_makes_the_next_calls_due() -> None:
    assert first_calls(STAGES) == [RESERVE]
    order = an_order()
    for kind, outcome, due in (
        (RESERVE, "reserved", [CHARGE]),
        (CHARGE, "succeeded", [COMMIT, SCHEDULE]),
        (COMMIT, "committed", []),
        (SCHEDULE, "scheduled", [CONFIRM]),
        (CONFIRM, "sent", []),
    ):
        order.entries.clear()
        events = told(order, kind, outcome)
        assert isinstance(events[0], StageSettled) and events[0].outcome == outcome
        assert list(calls_of(order)) == due
    assert order.status == "completed"


@pytest.mark.parametrize("stage", [INVENTORY, PAYMENT, SHIPPING, MAIL])
def test_only_stages_in_foreign_hands_are_called(stage: str) -> None:
    order = an_order(foreign_stages=[stage], inventory="reserved", payment_certain=True)
    order.note("test")
    list(order.advance())
    order.set("fulfillment", "scheduled")
    list(order.advance())
    assert {STAGE_OF[kind] for kind in calls_of(order)} <= {stage}
    assert first_calls([stage]) == ([RESERVE] if stage == INVENTORY else [])


def test_an_order_without_foreign_stages_calls_nobody_and_its_events_say_nothing_of_them() -> None:
    order = an_order(foreign_stages=(), status="paid", payment_certain=True)
    order.note("cancel")
    (asked,) = order.cancel("changed my mind")
    assert isinstance(asked, OrderCancelRequested) and not asked.foreign_stages
    assert list(calls_of(order)) == []


def test_a_cancel_before_payment_undoes_and_one_after_it_asks_first() -> None:
    early = an_order(status="reserved", inventory="reserved")
    early.note("cancel")
    (over,) = early.cancel("no")
    assert list(calls_of(early)) == [RELEASE, REFUND, CANCEL] and over.foreign_stages == list(STAGES)
    late = an_order(status="paid", payment_certain=True)
    late.note("cancel")
    list(late.cancel("no"))
    assert list(calls_of(late)) == [ASK_CANCEL]
    late.entries.clear()
    told(late, ASK_CANCEL, "canceled")
    assert late.status == "canceled" and list(calls_of(late)) == [RELEASE, REFUND, CANCEL]


@pytest.mark.parametrize("state", [OPEN, ASKED, DONE, REFUSED, UNDOING, UNDONE])
def test_what_was_never_asked_for_or_was_refused_is_not_undone(state: str) -> None:
    for kind in UNDOES:
        order = an_order(status="failed")
        assert is_wanted(kind, order, Stage(order.id, STAGE_OF[kind], state)) == (state in (ASKED, DONE, UNDOING))
        assert not is_wanted(kind, an_order(status="paid"), Stage(order.id, STAGE_OF[kind], state))


def test_an_order_that_is_over_begins_nothing_more() -> None:
    for kind in {*BEGINS, COMMIT, ASK_CANCEL}:
        assert not is_wanted(kind, an_order(status="canceled"), Stage("o", STAGE_OF[kind], ASKED))


def test_no_parcel_is_booked_while_a_cancel_is_asked_for() -> None:
    order = an_order(status="paid", cancel_requested=True)
    assert not is_wanted(SCHEDULE, order, Stage(order.id, SHIPPING))
    assert is_wanted(ASK_CANCEL, order, Stage(order.id, SHIPPING))


def test_an_answer_that_comes_when_the_order_is_over_changes_facets_only() -> None:
    order = an_order(status="canceled")
    told(order, CHARGE, "succeeded")
    assert (order.status, order.payment) == ("canceled", "approved")
    told(order, REFUND, "refunded")
    assert (order.status, order.payment) == ("canceled", "refunded")
    failed = an_order(status="failed")
    told(failed, RESERVE, "insufficient")
    assert (failed.status, failed.inventory) == ("failed", "insufficient")


def test_a_cancel_that_comes_too_late_lets_the_order_go_on() -> None:
    order = an_order(status="paid", payment_certain=True, cancel_requested=True, fulfillment="scheduled")
    told(order, ASK_CANCEL, "dispatched")
    assert (order.status, order.fulfillment, order.cancel_requested) == ("shipping_scheduled", "shipped", False)
