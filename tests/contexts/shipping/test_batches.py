"""Batches of events on the database: parcels are booked once, and stay when the order is undone before they leave."""

import asyncio

import pytest

from comanda.contexts.ordering.contract.events import OrderCancelRequested
from comanda.contexts.profiling.contract.events import CustomerErased
from comanda.contexts.shipping.contract.events import (
    ShipmentCanceled,
    ShipmentCancelRefused,
    ShipmentFailed,
    ShipmentScheduled,
)
from comanda.contexts.shipping.erasing import erase_piece
from comanda.kernel.address import Address
from comanda.kernel.ids import new_id
from tests.support.facts_of_orders import canceled, confirmed, failed, return_approved
from tests.support.one_service import OneService, names
from tests.support.services import STAFF

NOWHERE = Address(recipient="A", street="S", city="C", postal_code="FAIL", country="DE")


def cancel_requested(order_id: str) -> OrderCancelRequested:
    """Somebody wants a paid order canceled."""
    return OrderCancelRequested(order_id=order_id, reason="changed my mind")


async def act(shipping: OneService, shipment_id: str, verb: str) -> None:
    """Staff move the parcel."""
    (await shipping.call("POST", f"/shipments/{shipment_id}/{verb}", {}, by=STAFF)).checked()


async def test_a_confirmed_order_is_booked(shipping: OneService) -> None:
    order = new_id()
    (scheduled,) = await shipping.read(confirmed(order))
    assert isinstance(scheduled, ShipmentScheduled)
    assert scheduled.carrier == "parcel"
    tracking = (await shipping.call("GET", f"/tracking/{scheduled.tracking_number}")).checked().json()
    assert tracking["status"] == "scheduled"
    (row,) = await shipping.rows("select * from shipments where order_id = $1", order)
    assert (row["id"], row["status"], row["kind"]) == (scheduled.shipment_id, "scheduled", "outbound")


async def test_confirming_again_books_nothing(shipping: OneService) -> None:
    order = new_id()
    assert len(await shipping.read(confirmed(order), confirmed(order))) == 1
    assert await shipping.read(confirmed(order)) == []


async def test_a_parcel_the_carrier_does_not_take_fails(shipping: OneService) -> None:
    order = new_id()
    (news,) = await shipping.read(confirmed(order, address=NOWHERE))
    assert isinstance(news, ShipmentFailed)
    assert "FAIL" in news.reason
    assert await shipping.read(failed(order), confirmed(order, address=NOWHERE)) == []
    shipping.service.settings.set("shipping.refused_postal_codes", "[]")
    assert names(await shipping.read(confirmed(new_id(), address=NOWHERE))) == ["ShipmentScheduled"]


async def test_a_cancel_before_dispatch_is_granted(shipping: OneService) -> None:
    order = new_id()
    (scheduled,) = await shipping.read(confirmed(order))
    assert isinstance(scheduled, ShipmentScheduled)
    (news,) = await shipping.read(cancel_requested(order))
    assert news == ShipmentCanceled(order_id=order, shipment_id=scheduled.shipment_id, reason="changed my mind")
    assert await shipping.read(cancel_requested(order), canceled(order)) == [], "it has been answered"
    view = (await shipping.call("GET", f"/shipments/{scheduled.shipment_id}", by=STAFF)).json()
    assert (view["status"], view["label"]) == ("canceled", "void")


async def test_a_cancel_that_is_read_before_the_order_keeps_the_parcel_from_leaving(shipping: OneService) -> None:
    order = new_id()
    (news,) = await shipping.read(cancel_requested(order))
    assert news == ShipmentCanceled(order_id=order, shipment_id="", reason="changed my mind")
    assert await shipping.read(confirmed(order), cancel_requested(order), canceled(order)) == []
    listed = await shipping.call("GET", "/shipments", query={"order_id": order}, by=STAFF)
    assert listed.json()["items"] == [], "a mark is no shipment"


@pytest.mark.parametrize("verbs", [["dispatch"], ["dispatch", "deliver"]])
async def test_a_cancel_after_dispatch_is_refused(shipping: OneService, verbs: list[str]) -> None:
    order = new_id()
    (scheduled,) = await shipping.read(confirmed(order))
    assert isinstance(scheduled, ShipmentScheduled)
    for verb in verbs:
        await act(shipping, scheduled.shipment_id, verb)
    assert await shipping.read(cancel_requested(order)) == [
        ShipmentCancelRefused(order_id=order, shipment_id=scheduled.shipment_id)
    ]


async def test_a_cancel_after_the_parcel_came_back_is_refused(shipping: OneService) -> None:
    order = new_id()
    (scheduled,) = await shipping.read(confirmed(order))
    assert isinstance(scheduled, ShipmentScheduled)
    await act(shipping, scheduled.shipment_id, "dispatch")
    path = f"/shipments/{scheduled.shipment_id}/return"
    (await shipping.call("POST", path, {"restockable": True}, by=STAFF)).checked()
    assert names(await shipping.read(cancel_requested(order))) == ["ShipmentCancelRefused"]


@pytest.mark.parametrize("over", [canceled, failed])
async def test_an_undone_order_keeps_its_parcel_back(shipping: OneService, over: object) -> None:
    order, later = new_id(), new_id()
    await shipping.read(confirmed(order))
    assert names(await shipping.read(over(order))) == ["ShipmentCanceled"]  # type: ignore[operator]
    assert await shipping.read(over(order)) == []  # type: ignore[operator]
    assert await shipping.read(over(later), confirmed(later)) == []  # type: ignore[operator]


async def test_a_batch_holds_the_whole_life_of_an_order(shipping: OneService) -> None:
    order = new_id()
    news = await shipping.read(confirmed(order), cancel_requested(order), canceled(order), confirmed(order))
    assert names(news) == ["ShipmentScheduled", "ShipmentCanceled"]
    (row,) = await shipping.rows("select status, reason, ended_at from shipments")
    assert (row["status"], row["reason"]) == ("canceled", "changed my mind")
    assert row["ended_at"] is not None


async def test_an_approved_return_is_expected_once(shipping: OneService) -> None:
    order = new_id()
    await shipping.read(confirmed(order, customer_id="ada"))
    approved = return_approved(order)
    assert await shipping.read(approved, approved) == []
    assert await shipping.read(approved, return_approved(order)) == []
    rows = await shipping.rows("select status, customer_id from shipments where kind = 'return'")
    assert rows == [{"status": "expected", "customer_id": "ada"}] * 2


async def test_two_processes_book_one_parcel(shipping: OneService) -> None:
    orders = [new_id() for _ in range(10)]
    published = await asyncio.gather(*(shipping.read(*map(confirmed, orders)) for _ in range(5)))
    assert sum(map(len, published)) == 10
    assert await shipping.rows("select count(*) as n from shipments") == [{"n": 10}]


async def test_dispatch_and_cancel_at_once_have_one_outcome(shipping: OneService) -> None:
    for _ in range(10):
        order = new_id()
        (scheduled,) = await shipping.read(confirmed(order))
        assert isinstance(scheduled, ShipmentScheduled)
        path = f"/shipments/{scheduled.shipment_id}/dispatch"
        dispatched, (decision,) = await asyncio.gather(
            shipping.call("POST", path, {}, by=STAFF), shipping.read(cancel_requested(order))
        )
        expected = ShipmentCancelRefused if dispatched.status == 200 else ShipmentCanceled
        assert isinstance(decision, expected)
        assert dispatched.status in (200, 409)


async def test_erased_customers_leave_their_parcels(shipping: OneService) -> None:
    await shipping.read(confirmed(new_id(), customer_id="ada"), confirmed(new_id(), customer_id="bob"))
    await shipping.read(CustomerErased(customer_id="ada"))
    async with shipping.service.database.acquire() as connection:
        assert await erase_piece(connection) == 1
        assert await erase_piece(connection) == 0
    await shipping.read(confirmed(new_id(), customer_id="ada"))
    rows = await shipping.rows("select customer_id from shipments where recipient is not null")
    assert rows == [{"customer_id": "bob"}]
