"""Returns: requested by customers, decided by staff, received by shipping."""

import asyncio

import pytest

from comanda.contexts.ordering.contract.views import ReturnView
from comanda.kernel.ids import new_id
from comanda.platform.outbound import Answer
from tests.contexts.ordering.desk import Desk, problem
from tests.contexts.ordering.facts import return_received
from tests.contexts.ordering.flow import goods, order_in_shop, settled, until
from tests.support.services import STAFF, Caller, customer


async def ask(
    desk: Desk, order_id: str, *lines: tuple[str, int], caller: Caller | None = None, key: str | None = None
) -> Answer:
    body = {
        "order_id": order_id,
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
        "reason": "does not fit",
    }
    return await (caller or desk.staff)("POST", "/returns", body, key=key)


async def test_a_customer_asks_and_staff_approve(desk: Desk) -> None:
    order_id = await desk.delivered(("A", 3, 1_000), ("B", 1, 250), customer_id="c1")
    answer = await ask(desk, order_id, ("A", 2), ("B", 1), caller=desk.customer("c1"))
    assert answer.status == 201
    view = ReturnView.model_validate_json(answer.body)
    assert (view.status, view.value.amount, view.requested_by) == ("requested", 2_250, "customer:c1")
    answer = await desk.staff("POST", f"/returns/{view.id}/approve", {"note": "fine"})
    approved = ReturnView.model_validate_json(answer.body)
    assert (approved.status, approved.decided_by, approved.note) == ("approved", "staff:staff-1", "fine")
    assert (await desk.published(order_id))[-2:] == ["ReturnRequested", "ReturnApproved"]
    (said,) = await desk.said(order_id, "ReturnApproved")
    assert (said["value"], said["lines"]) == (2_250, [{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 1}])
    await desk.read(return_received(order_id, view.id))
    (listed,) = (await desk.customer("c1")("GET", "/returns")).json()["items"]
    assert listed["status"] == "received"
    await desk.assert_explained(order_id)


async def test_only_what_has_arrived_can_be_given_back(desk: Desk) -> None:
    order_id = await desk.completed()
    assert problem(await ask(desk, order_id, ("A", 1))) == (409, "order-not-delivered")


async def test_a_rejected_return_may_be_asked_for_again(desk: Desk) -> None:
    order_id = await desk.delivered(("A", 1, 1_000))
    first = (await ask(desk, order_id, ("A", 1))).json()
    assert problem(await ask(desk, order_id, ("A", 1))) == (409, "too-many-pieces")
    answer = await desk.staff("POST", f"/returns/{first['id']}/reject", {"reason": "worn"})
    assert (answer.status, answer.json()["status"], answer.json()["note"]) == (200, "rejected", "worn")
    assert (await desk.said(order_id, "ReturnRejected"))[0]["reason"] == "", "words are personal"
    (apart,) = await desk.rows("select personal from messaging.log where type like '%.ReturnRejected.%'")
    assert "worn" in apart["personal"]
    assert (await ask(desk, order_id, ("A", 1))).status == 201


@pytest.mark.parametrize("decision", ["approve", "reject"])
async def test_a_return_is_decided_upon_once(desk: Desk, decision: str) -> None:
    order_id = await desk.delivered(("A", 1, 1_000))
    asked = (await ask(desk, order_id, ("A", 1))).json()
    body = {"reason": "r"} if decision == "reject" else None
    assert (await desk.staff("POST", f"/returns/{asked['id']}/{decision}", body)).status == 200
    for again in ("approve", "reject"):
        body = {"reason": "r"} if again == "reject" else None
        assert problem(await desk.staff("POST", f"/returns/{asked['id']}/{again}", body)) == (409, "return-decided")


async def test_fifty_requests_at_once_never_ask_for_more_than_was_ordered(desk: Desk) -> None:
    order_id = await desk.delivered(("A", 7, 100))
    answers = await asyncio.gather(*(ask(desk, order_id, ("A", 2)) for _ in range(50)))
    assert sorted(answer.status for answer in answers) == [201] * 3 + [409] * 47


async def test_approved_pieces_never_exceed_ordered_ones(desk: Desk) -> None:
    order_id = await desk.delivered(("A", 3, 100))
    for _ in range(2):
        await desk.run(
            """
            insert into returns (id, order_id, status, reason, lines, value, created_at)
            values ($1, $2, 'requested', 'written behind its back', '[{"sku":"A","quantity":2}]', 200, now())
            """,
            new_id(),
            order_id,
        )
    waiting = (await desk.staff("GET", "/returns", query={"status": "requested"})).json()["items"]
    answers = await asyncio.gather(*(desk.staff("POST", f"/returns/{one['id']}/approve") for one in waiting))
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert {problem(answer) for answer in answers if answer.status == 409} == {(409, "too-many-pieces")}


async def test_two_lines_of_one_product_are_summed(desk: Desk) -> None:
    order_id = await desk.delivered(("A", 3, 100))
    assert problem(await ask(desk, order_id, ("A", 2), ("A", 2))) == (409, "too-many-pieces")
    assert (await ask(desk, order_id, ("A", 2), ("A", 1))).json()["lines"] == [{"sku": "A", "quantity": 3}]


async def test_what_was_not_ordered_cannot_be_given_back(desk: Desk) -> None:
    order_id = await desk.delivered(("A", 3, 100))
    assert problem(await ask(desk, order_id, ("B", 1))) == (422, "invalid")
    for lines in ([], [{"sku": "A", "quantity": 0}], [{"sku": "A", "quantity": 1.5}], None):
        body = {"order_id": order_id, "lines": lines, "reason": "r"}
        assert (await desk.staff("POST", "/returns", body)).status == 422


async def test_foreign_orders_cannot_be_given_back_and_guests_need_the_token(desk: Desk) -> None:
    mine = await desk.delivered(("A", 1, 100), customer_id="c1")
    guests = await desk.delivered(("A", 1, 100))
    for caller in (desk.customer("c2"), desk.guest):
        for order_id in (mine, guests, new_id(), "nonsense"):
            assert problem(await ask(desk, order_id, ("A", 1), caller=caller)) == (404, "no-such-order")
    token = {"token": desk.token(guests)}
    body = {"order_id": guests, "lines": [{"sku": "A", "quantity": 1}], "reason": "r"}
    assert (await desk.guest("POST", "/returns", body, query=token)).status == 201
    listed = (await desk.guest("GET", "/returns", query=token | {"order_id": guests})).json()["items"]
    assert [one["order_id"] for one in listed] == [guests]
    assert (await desk.guest("GET", "/returns")).json()["items"] == []
    assert (await desk.customer("c2")("GET", "/returns")).json()["items"] == []


async def test_returns_come_newest_first_page_by_page(desk: Desk) -> None:
    order_id = await desk.delivered(("A", 5, 100))
    asked = [(await ask(desk, order_id, ("A", 1))).json()["id"] for _ in range(5)]
    first = (await desk.staff("GET", "/returns", query={"limit": 3})).json()
    second = (await desk.staff("GET", "/returns", query={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert [one["id"] for one in first["items"] + second["items"]] == asked[::-1]
    assert second["next_cursor"] is None


async def test_the_same_key_asks_once(desk: Desk) -> None:
    order_id = await desk.delivered(("A", 5, 100))
    first, again = [await ask(desk, order_id, ("A", 1), key="k") for _ in range(2)]
    assert (first.status, first.body) == (again.status, again.body)
    assert (await desk.published(order_id)).count("ReturnRequested") == 1


async def test_customers_decide_nothing(desk: Desk) -> None:
    order_id = await desk.delivered(("A", 5, 100), customer_id="c1")
    asked = (await ask(desk, order_id, ("A", 1))).json()
    answer = await desk.as_(customer("c1"))("POST", f"/returns/{asked['id']}/approve")
    assert problem(answer) == (403, "forbidden")
    assert problem(await desk.staff("POST", f"/returns/{new_id()}/approve")) == (404, "no-such-return")
    assert problem(await desk.staff("POST", "/returns/nonsense/approve")) == (404, "no-such-return")


async def test_returned_goods_come_back_and_so_does_the_money(shop: Desk) -> None:
    await goods(shop, A=10)
    order_id = await order_in_shop(shop, ("A", 3))
    await until(shop, order_id, "completed")
    (await shop.staff("PUT", f"/orders/{order_id}/status", {"status": "delivered"})).checked()
    asked = (await ask(shop, order_id, ("A", 1))).checked().json()
    (await shop.staff("POST", f"/returns/{asked['id']}/approve")).checked()
    await settled(shop)
    staff = shop.services.call("shipping", STAFF)
    parcels = (await staff("GET", "/shipments", query={"order_id": order_id})).checked().json()["items"]
    parcel = next(one for one in parcels if one["kind"] == "return")
    (await staff("POST", f"/shipments/{parcel['id']}/return", {"restockable": True})).checked()
    await settled(shop)
    order = await shop.order(order_id)
    assert (order["status"], order["fulfillment"]["status"]) == ("completed", "returned")
    assert order["payment"]["status"] == "partially_refunded"
    (received,) = (await shop.staff("GET", "/returns")).json()["items"]
    assert received["status"] == "received"
    stats = (await shop.staff("GET", "/stats")).json()
    assert stats["total_sales"] == [{"amount": 2_000, "currency": "EUR"}]
