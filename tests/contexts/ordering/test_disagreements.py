"""What must be true of an order at rest in the books of the other services."""

from dataclasses import replace
from typing import Any

import pytest

from comanda.contexts.billing.contract.views import InvoiceView
from comanda.contexts.ordering.disagreements import CONFIRM, UNDO, Books, disagreements
from comanda.contexts.ordering.order import Order
from comanda.contexts.paying.contract.views import PaymentIntentView
from comanda.contexts.shipping.contract.views import ShipmentView
from comanda.contexts.stocking.contract.views import ReservationView


def payment(status: str, captured: int = 0, refunded: int = 0) -> PaymentIntentView:
    return PaymentIntentView.model_construct(
        status=status,
        captured=_money(captured),
        refunded=_money(refunded),
    )


def _money(amount: int) -> Any:
    return PaymentIntentView.model_fields["captured"].annotation(amount=amount, currency="EUR")  # type: ignore[misc]


def reservation(state: str) -> ReservationView:
    return ReservationView.model_construct(state=state)


def invoice(status: str) -> InvoiceView:
    return InvoiceView.model_construct(status=status)


def shipment(status: str) -> ShipmentView:
    return ShipmentView.model_construct(status=status, kind="outbound")


DONE = Books(
    payment=payment("captured", 2_000),
    refund_under_way=False,
    reservation=reservation("committed"),
    invoice=invoice("issued"),
    shipment=shipment("scheduled"),
    came_back=False,
)
NOTHING = Books(payment=None, refund_under_way=False, reservation=None, invoice=None, shipment=None, came_back=False)
UNDONE = Books(
    payment=payment("captured", 2_000, 2_000),
    refund_under_way=False,
    reservation=reservation("released"),
    invoice=invoice("credited"),
    shipment=shipment("canceled"),
    came_back=False,
)
COMPLETED = Order(
    id="o",
    number=1,
    status="completed",
    payment="approved",
    inventory="committed",
    fulfillment="scheduled",
    invoice="issued",
    confirmation="sent",
)
CANCELED = Order(id="o", number=1, status="canceled", payment="refunded", invoice="credited", fulfillment="canceled")


def found(order: Order, books: Books) -> list[tuple[str, str | None]]:
    return [(one.service, one.heals_by) for one in disagreements(order, books)]


def test_a_completed_order_with_everything_done_agrees() -> None:
    assert found(COMPLETED, DONE) == []


@pytest.mark.parametrize(
    "books", [UNDONE, NOTHING, replace(UNDONE, payment=payment("failed")), replace(UNDONE, invoice=invoice("void"))]
)
def test_an_order_that_is_over_with_everything_undone_agrees(books: Books) -> None:
    assert found(CANCELED, books) == []


@pytest.mark.parametrize(
    ("books", "expected"),
    [
        (replace(UNDONE, payment=payment("created")), ("paying", UNDO)),
        (replace(UNDONE, payment=payment("outstanding")), ("paying", UNDO)),
        (replace(UNDONE, payment=payment("captured", 2_000, 1_999)), ("paying", UNDO)),
        (replace(UNDONE, reservation=reservation("reserved")), ("stocking", UNDO)),
        (replace(UNDONE, reservation=reservation("committed")), ("stocking", UNDO)),
        (replace(UNDONE, invoice=invoice("draft")), ("billing", UNDO)),
        (replace(UNDONE, invoice=invoice("issued")), ("billing", UNDO)),
        (replace(UNDONE, shipment=shipment("scheduled")), ("shipping", UNDO)),
        (replace(UNDONE, shipment=shipment("dispatched")), ("shipping", None)),
    ],
)
def test_what_is_not_undone_disagrees_with_an_order_that_is_over(
    books: Books, expected: tuple[str, str | None]
) -> None:
    assert found(CANCELED, books) == [expected]


def test_money_that_is_on_its_way_back_or_listed_is_no_disagreement() -> None:
    assert found(CANCELED, replace(UNDONE, payment=payment("captured", 2_000), refund_under_way=True)) == []


@pytest.mark.parametrize(
    ("books", "expected"),
    [
        (replace(DONE, payment=None), ("paying", None)),
        (replace(DONE, reservation=reservation("reserved")), ("stocking", CONFIRM)),
        (replace(DONE, reservation=reservation("released")), ("stocking", None)),
        (replace(DONE, reservation=None), ("stocking", None)),
        (replace(DONE, shipment=None), ("shipping", CONFIRM)),
        (replace(DONE, invoice=None), ("billing", None)),
    ],
)
def test_what_is_not_done_disagrees_with_a_completed_order(books: Books, expected: tuple[str, str | None]) -> None:
    assert found(COMPLETED, books) == [expected]


def test_a_draft_of_a_completed_order_may_heal_and_differs_in_words_too() -> None:
    assert found(COMPLETED, replace(DONE, invoice=invoice("draft"))) == [("billing", CONFIRM), ("billing", None)]


def test_facets_are_what_the_services_say() -> None:
    assert found(replace(COMPLETED, payment="refunded"), DONE) == [("paying", None)]
    assert found(replace(COMPLETED, fulfillment="shipped"), DONE) == [("shipping", None)]
    assert found(replace(COMPLETED, fulfillment="delivered"), replace(DONE, shipment=shipment("delivered"))) == []
    partly = replace(DONE, payment=payment("captured", 2_000, 5))
    assert found(replace(COMPLETED, payment="partially_refunded"), partly) == []


def test_an_unpaid_parcel_that_came_back_agrees() -> None:
    order = replace(COMPLETED, payment="voided", fulfillment="returned", invoice="credited")
    books = replace(
        DONE,
        payment=payment("voided"),
        shipment=shipment("returned"),
        invoice=invoice("credited"),
        came_back=True,
    )
    assert found(order, books) == []
    assert ("paying", None) in found(order, replace(books, came_back=False))


def test_services_that_have_no_part_in_an_order_have_nothing_to_say_about_it() -> None:
    elsewhere = Order(id="o", number=1, status="completed", foreign_stages=("inventory", "payment", "shipping"))
    elsewhere.invoice = "issued"
    assert list(disagreements(elsewhere, replace(NOTHING, invoice=invoice("issued")))) == []
    assert {one.service for one in disagreements(elsewhere, NOTHING)} == {"billing"}
