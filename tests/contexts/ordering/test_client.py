"""What others may ask of ordering, through its client."""

import pytest

from comanda.contexts.ordering.contract.client import OrderingClient
from comanda.kernel.errors import Conflict, NotFound
from comanda.platform.auth import ANONYMOUS
from comanda.platform.outbound import InProcess
from tests.contexts.ordering.desk import Desk
from tests.contexts.ordering.flow import goods, order_body, settled, until
from tests.support.services import STAFF


def client(desk: Desk, principal: object = STAFF) -> OrderingClient:
    return OrderingClient(InProcess(lambda: desk.service.edge, principal))  # type: ignore[arg-type,return-value]


async def test_an_order_from_the_quote_to_its_return(shop: Desk) -> None:
    await goods(shop, A=10)
    guest, staff = client(shop, ANONYMOUS), client(shop)
    quote = await guest.quote({"lines": [{"sku": "A", "quantity": 2}], "shipping_address": {"country": "PT"}})
    assert quote.totals is not None
    order = await guest.place(order_body(("A", 2), expected_total=quote.totals.total.amount), key="k")
    await until(shop, order.id, "completed")
    assert (await guest.order(order.id, token=order.access_token)).status == "completed"
    assert (await guest.status(order.id, token=order.access_token)).milestones[-1].status == "completed"
    assert (await staff.timeline(order.id)).items[0].cause == "OrderCreated"
    assert (await staff.note(order.id, "nice")).note == "nice"
    assert (await staff.put_status(order.id, "delivered")).fulfillment.status == "delivered"
    with pytest.raises(Conflict):
        await guest.cancel(order.id, token=order.access_token)
    body = {"order_id": order.id, "lines": [{"sku": "A", "quantity": 1}], "reason": "r"}
    asked = await guest.request_return(body, token=order.access_token)
    assert (await staff.approve_return(asked.id)).status == "approved"
    other = await guest.request_return(body, token=order.access_token)
    assert (await staff.reject_return(other.id, "used")).status == "rejected"
    assert len((await staff.returns({"order_id": order.id})).items) == 2
    assert (await staff.statistics()).orders == 1
    await settled(shop)
    assert (await staff.compare()).compared == 0


async def test_records_and_lists(desk: Desk) -> None:
    staff = client(desk)
    recorded = await staff.record({"currency": "EUR", "total": 5, "customer_id": "c1"}, key="k")
    assert (await staff.change(recorded.id, {"status": "paid"})).status == "paid"
    assert [order.id for order in (await staff.orders({"customer_id": "c1"})).items] == [recorded.id]
    await staff.delete(recorded.id)
    with pytest.raises(NotFound):
        await staff.order(recorded.id)
    assert (await staff.import_orders([])).orders.created == 0
    assert (await staff.tasks({"done": "false"})).items == []


async def test_a_customer_is_under_way_until_their_orders_have_ended_or_are_complete(desk: Desk) -> None:
    staff = client(desk)
    assert not await staff.is_under_way("c1")
    order_id = await desk.place(customer_id="c1")
    await desk.completed(customer_id="c2")
    assert await staff.is_under_way("c1")
    assert not await staff.is_under_way("c2")
    assert (await staff.cancel(order_id, "no", unpaid_only=True, key="k")).status == "canceled"
    assert not await staff.is_under_way("c1")
