"""Parcels by people's hands: they leave, arrive, stay, come back."""

import asyncio
from typing import Any

import pytest

from comanda.contexts.shipping.contract.client import ShippingClient
from comanda.contexts.shipping.contract.events import ShipmentScheduled
from comanda.kernel.address import Address
from comanda.kernel.errors import Conflict, NotFound
from comanda.kernel.goods import Pieces
from comanda.kernel.ids import new_id
from comanda.kernel.money import Money
from comanda.messaging import log
from comanda.platform.auth import Principal
from comanda.platform.outbound import InProcess
from tests.support.facts_of_orders import confirmed, return_approved
from tests.support.one_service import OneService
from tests.support.services import ADMIN, SERVICE, STAFF, customer


async def booked(shipping: OneService, order: str | None = None, customer_id: str | None = None) -> str:
    """The id of a shipment that stands ready."""
    (scheduled,) = await shipping.read(confirmed(order or new_id(), customer_id=customer_id))
    assert isinstance(scheduled, ShipmentScheduled)
    return scheduled.shipment_id


async def act(shipping: OneService, shipment_id: str, *verbs: str) -> list[int]:
    """What staff are answered."""
    return [(await shipping.call("POST", f"/shipments/{shipment_id}/{verb}", {}, by=STAFF)).status for verb in verbs]


async def bring_back(shipping: OneService, shipment_id: str, body: Any, key: str | None = None) -> Any:
    """Somebody takes a return in."""
    return await shipping.call("POST", f"/shipments/{shipment_id}/return", body, by=STAFF, key=key)


async def last_published(shipping: OneService) -> Any:
    """The last event in the log, decoded."""
    (row,) = await shipping.rows(
        "select position, type, subject, time, trace, actor, data, personal from messaging.log"
        " order by position desc limit 1"
    )
    return log.decode(*row.values())


async def test_a_parcel_leaves_and_arrives(shipping: OneService) -> None:
    order = new_id()
    shipment_id = await booked(shipping, order)
    assert await act(shipping, shipment_id, "deliver", "dispatch", "dispatch", "deliver", "deliver") == [
        409,
        200,
        409,
        200,
        409,
    ]
    assert await shipping.published() == ["ShipmentScheduled", "ShipmentDispatched", "ShipmentDelivered"]
    event = await last_published(shipping)
    assert (event.subject, event.actor) == (order, "staff:staff-1")
    (tracked,) = await shipping.rows("select tracking_number from shipments")
    tracking = (await shipping.call("GET", f"/tracking/{tracked['tracking_number']}")).checked().json()
    assert [entry["status"] for entry in tracking["events"]] == ["scheduled", "dispatched", "delivered"]
    assert order not in str(tracking) and "Ada" not in str(tracking)


async def test_staff_keep_a_parcel_back_only_before_it_leaves(shipping: OneService) -> None:
    first, second, third = [await booked(shipping) for _ in range(3)]
    assert await act(shipping, first, "cancel", "cancel", "dispatch", "fail") == [200, 409, 409, 409]
    assert await act(shipping, second, "dispatch", "cancel", "fail") == [200, 409, 409]
    assert await act(shipping, third, "fail", "cancel", "dispatch") == [200, 409, 409]
    assert (await shipping.published())[3:] == ["ShipmentCanceled", "ShipmentDispatched", "ShipmentFailed"]


async def test_a_parcel_refused_at_the_door_comes_back_whole(shipping: OneService) -> None:
    order = new_id()
    shipment_id = await booked(shipping, order)
    assert (await bring_back(shipping, shipment_id, {"restockable": True})).status == 409, "it has not left"
    await act(shipping, shipment_id, "dispatch")
    view = (await bring_back(shipping, shipment_id, {"restockable": True})).checked().json()
    assert view["status"] == "returned"
    event = (await last_published(shipping)).event
    assert (event.return_id, event.value, event.currency) == ("", 2_000, "EUR")
    assert event.lines == event.restock == [Pieces(sku="MUG", quantity=2)]
    assert (await bring_back(shipping, shipment_id, {"restockable": True})).status == 409


async def test_nothing_of_a_lost_parcel_is_sold_again(shipping: OneService) -> None:
    shipment_id = await booked(shipping)
    await act(shipping, shipment_id, "dispatch")
    (await bring_back(shipping, shipment_id, {"restockable": False})).checked()
    event = (await last_published(shipping)).event
    assert (event.restock, event.lines) == ([], [Pieces(sku="MUG", quantity=2)])


async def test_a_part_of_what_came_back_is_sold_again(shipping: OneService) -> None:
    shipment_id = await booked(shipping)
    await act(shipping, shipment_id, "dispatch")
    for wrong in (
        {"restockable": True, "lines": [{"sku": "MUG", "quantity": 3}]},
        {"restockable": True, "lines": [{"sku": "MUG", "quantity": 1}, {"sku": "MUG", "quantity": 2}]},
        {"restockable": True, "lines": [{"sku": "BOOK", "quantity": 1}]},
        {"restockable": False, "lines": [{"sku": "MUG", "quantity": 1}]},
        {"restockable": True, "lines": [{"sku": "MUG", "quantity": 0}]},
        {"restockable": "yes"},
        {},
    ):
        assert (await bring_back(shipping, shipment_id, wrong)).status == 422
    answer = await bring_back(shipping, shipment_id, {"restockable": True, "lines": [{"sku": "MUG", "quantity": 1}]})
    assert answer.checked().json()["restocked"] == [{"sku": "MUG", "quantity": 1, "name": ""}]
    assert (await last_published(shipping)).event.restock == [Pieces(sku="MUG", quantity=1)]


async def test_a_delivered_parcel_needs_an_approved_return(shipping: OneService) -> None:
    order = new_id()
    shipment_id = await booked(shipping, order)
    await act(shipping, shipment_id, "dispatch", "deliver")
    assert (await bring_back(shipping, shipment_id, {"restockable": True})).status == 409
    first, second = return_approved(order, quantity=1, value=990), return_approved(order, quantity=1, value=1_010)
    await shipping.read(first)
    await shipping.read(second)
    view = (await bring_back(shipping, shipment_id, {"restockable": True})).checked().json()
    assert (view["kind"], view["return_id"], view["status"]) == ("return", first.return_id, "returned")
    event = (await last_published(shipping)).event
    assert (event.return_id, event.value) == (first.return_id, 990)
    outbound = (await shipping.call("GET", f"/shipments/{shipment_id}", by=STAFF)).json()
    assert outbound["status"] == "returned"
    (waiting,) = (await shipping.call("GET", "/shipments", query={"status": "expected"}, by=STAFF)).json()["items"]
    assert waiting["return_id"] == second.return_id
    (await bring_back(shipping, waiting["id"], {"restockable": False})).checked()
    assert (await last_published(shipping)).event.value == 1_010
    assert (await bring_back(shipping, waiting["id"], {"restockable": True})).status == 409
    assert (await bring_back(shipping, shipment_id, {"restockable": True})).status == 409


async def test_a_return_is_neither_dispatched_nor_canceled(shipping: OneService) -> None:
    order = new_id()
    await booked(shipping, order)
    await shipping.read(return_approved(order))
    (row,) = await shipping.rows("select id from shipments where kind = 'return'")
    assert await act(shipping, row["id"], "dispatch", "deliver", "cancel", "fail") == [409] * 4


async def test_the_same_return_taken_in_twice_counts_once(shipping: OneService) -> None:
    shipment_id = await booked(shipping)
    await act(shipping, shipment_id, "dispatch")
    answers = [await bring_back(shipping, shipment_id, {"restockable": True}, key="r-1") for _ in range(2)]
    assert answers[0] == answers[1] and answers[0].status == 200
    assert (await bring_back(shipping, shipment_id, {"restockable": False}, key="r-1")).status == 422
    assert (await shipping.published()).count("ReturnReceived") == 1


async def test_fifty_hands_take_a_return_in_once(shipping: OneService) -> None:
    shipment_id = await booked(shipping)
    await act(shipping, shipment_id, "dispatch")
    answers = await asyncio.gather(*(bring_back(shipping, shipment_id, {"restockable": True}) for _ in range(50)))
    assert sorted({answer.status for answer in answers}) == [200, 409]
    assert (await shipping.published()).count("ReturnReceived") == 1


async def test_customers_see_their_own_parcels_only(shipping: OneService) -> None:
    hers, his = new_id(), new_id()
    her_parcel, his_parcel = await booked(shipping, hers, "ada"), await booked(shipping, his, "bob")
    guests = await booked(shipping)

    async def seen(by: Principal, **query: str) -> list[str]:
        answer = (await shipping.call("GET", "/shipments", by=by, query=query)).checked()
        return [item["id"] for item in answer.json()["items"]]

    ada = customer("ada")
    assert await seen(ada) == [her_parcel]
    assert await seen(ada, order_id=his) == [] == await seen(ada, customer_id="bob")
    assert await seen(STAFF) == [guests, his_parcel, her_parcel]
    assert await seen(STAFF, order_id=his) == [his_parcel] == await seen(STAFF, customer_id="bob")
    assert await seen(STAFF, kind="return") == []
    assert await seen(STAFF, status="scheduled") == [guests, his_parcel, her_parcel]
    foreign = await shipping.call("GET", f"/shipments/{his_parcel}", by=ada)
    missing = await shipping.call("GET", f"/shipments/{new_id()}", by=ada)
    assert (foreign.status, foreign.body) == (404, missing.body)
    assert (await shipping.call("GET", "/shipments")).status == 401


@pytest.mark.parametrize("verb", ["dispatch", "deliver", "cancel", "fail", "return"])
async def test_only_staff_with_the_permission_move_parcels(shipping: OneService, verb: str) -> None:
    path = f"/shipments/{await booked(shipping)}/{verb}"
    body = {"restockable": True} if verb == "return" else {}
    clerk = Principal("staff", "clerk", frozenset({"orders.read"}))
    statuses = [
        (await shipping.call("POST", path, body, by=by)).status
        for by in (Principal("anonymous"), customer("ada"), clerk)
    ]
    assert statuses == [401, 403, 403]
    assert (await shipping.call("POST", path, body, by=ADMIN)).status in (200, 409)
    assert (await shipping.call("POST", f"/shipments/{new_id()}/{verb}", body, by=STAFF)).status == 404
    assert (await shipping.call("POST", f"/shipments/nonsense/{verb}", body, by=STAFF)).status == 404


async def test_the_client_speaks_for_other_services(shipping: OneService) -> None:
    edge = shipping.service.edge
    assert edge is not None
    client = ShippingClient(InProcess(lambda: edge, SERVICE))
    (offer,) = await client.rates("DE", "10115", 600, Money(2_000, "EUR"))
    assert (offer.id, offer.price) == ("parcel:standard", Money(0, "EUR"))
    order = new_id()
    shipment_id = await booked(shipping, order)
    assert (await client.dispatch(shipment_id)).status == "dispatched"
    with pytest.raises(Conflict):
        await client.cancel(shipment_id, "too late")
    assert (await client.receive_return(shipment_id, True, [Pieces(sku="MUG", quantity=1)])).status == "returned"
    (listed,) = await client.shipments_of(order)
    assert listed == await client.shipment(shipment_id)
    with pytest.raises(NotFound):
        await client.shipment(new_id())


async def test_a_label_is_printed_as_data_not_as_commands(shipping: OneService) -> None:
    order = new_id()
    address = Address(recipient="^XA~JA_ Ada", street="S", city="Köln", postal_code="50667", country="DE")
    (scheduled,) = await shipping.read(confirmed(order, address=address))
    assert isinstance(scheduled, ShipmentScheduled)
    path = f"/shipments/{scheduled.shipment_id}/label.zpl"
    printed = (await shipping.call("GET", path, by=STAFF)).checked().body.decode()
    assert printed.count("^XA") == printed.count("^XZ") == 1
    assert "_5EXA_7EJA_5F Ada" in printed and "50667 Köln" in printed
    assert scheduled.tracking_number in printed
    assert (await shipping.call("GET", path, by=customer("ada"))).status == 403
    await act(shipping, scheduled.shipment_id, "cancel")
    assert (await shipping.call("GET", path, by=STAFF)).status == 409


@pytest.mark.parametrize("number", ["CM", "%00", "'", "☃", "x" * 200])
async def test_an_unknown_number_cannot_be_tracked(shipping: OneService, number: str) -> None:
    assert (await shipping.call("GET", f"/tracking/{number}")).status in (404, 422)
