"""Order holds per publisher only: every interleaving of what the other services say must end right."""

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comanda.contexts.ordering.order import CANCELED, COMPLETED, FACETS, FAILED, FINAL
from comanda.kernel.event import Event
from tests.contexts.ordering.alone import Alone
from tests.contexts.ordering.facts import (
    confirmation_sent,
    invoice_drafted,
    invoice_issued,
    payment_failed,
    payment_refunded,
    payment_succeeded,
    shipment_canceled,
    shipment_failed,
    shipment_scheduled,
    stock_committed,
    stock_released,
    stock_reserved,
)

Publishers = Sequence[Sequence[Event]]

GOOD: Publishers = (
    (stock_reserved("o"), stock_committed("o")),
    (payment_succeeded("o"),),
    (invoice_drafted("o"), invoice_issued("o")),
    (shipment_scheduled("o"),),
    (confirmation_sent("o"),),
)

UNDONE: Publishers = (
    (stock_reserved("o"), stock_committed("o"), stock_released("o")),
    (payment_succeeded("o"), payment_refunded("o")),
    (shipment_scheduled("o"), shipment_failed("o")),
    (confirmation_sent("o"),),
)


def interleavings(publishers: Publishers) -> Iterator[tuple[Event, ...]]:
    """Every order in which the events can be read, each publisher's own order kept."""
    if not any(publishers):
        yield ()
    for index, events in enumerate(publishers):
        if events:
            rest = [*publishers[:index], events[1:], *publishers[index + 1 :]]
            for following in interleavings(rest):
                yield (events[0], *following)


def test_a_good_order_ends_the_same_in_all_1260_interleavings() -> None:
    ends = set()
    count = 0
    for events in interleavings(GOOD):
        order = Alone().read(*events)
        order.assert_explained()
        ends.add((order.status, *(getattr(order.row, facet) for facet in FACETS)))
        assert order.count("OrderConfirmed") == order.count("OrderCompleted") == 1
        count += 1
    assert count == 1260
    assert ends == {(COMPLETED, "approved", "committed", "scheduled", "issued", "sent")}


def test_an_order_whose_carrier_fails_ends_once_in_all_interleavings() -> None:
    tried = 0
    for events in interleavings(UNDONE):
        names = [type(event).__name__ for event in events]
        fails = names.index("ShipmentFailed")
        if fails < max(names.index("StockReserved"), names.index("PaymentSucceeded")):
            continue  # shipping hears of an order only when it is paid
        order = Alone().read(*events)
        assert order.status == FAILED
        assert order.count("OrderFailed") == 1
        order.assert_explained()
        tried += 1
    assert tried > 200


@given(events=st.sampled_from(list(interleavings(GOOD))), when=st.integers(0, 7), agrees=st.booleans())
def test_a_cancel_at_any_time_ends_the_order_once(*, events: tuple[Event, ...], when: int, agrees: bool) -> None:
    order = Alone().read(*events[:when]).cancel()
    asked = order.row.cancel_requested
    if asked and agrees:
        order.read(shipment_canceled("o"))
    order.read(*events[when:])
    order.assert_explained()
    if not asked or agrees:
        assert order.status == CANCELED
        assert order.count("OrderCanceled") == 1
        assert order.count("OrderFailed") == 0
    else:
        assert order.row.cancel_requested
        assert order.status not in FINAL


@pytest.mark.parametrize("late", GOOD)
def test_money_that_fails_before_or_after_anything_fails_the_order_once(late: Sequence[Event]) -> None:
    for events in interleavings(((payment_failed("o"),), (stock_reserved("o"),), late)):
        names = [type(event).__name__ for event in events]
        if "PaymentSucceeded" in names:
            continue
        order = Alone().read(*events)
        assert order.status == FAILED
        assert order.count("OrderFailed") == 1
        order.assert_explained()
