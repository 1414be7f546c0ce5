"""An order that nothing gets in the way of: from the click to the delivered parcel."""

import pytest

from comanda.platform.auth import ANONYMOUS
from tests.support.services import STAFF, customer
from tests.support.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_order_completes_and_every_service_has_done_its_part(shop: Shop) -> None:
    mug, lamp = await shop.product(10, price=1200), await shop.product(5, price=3500)
    placed = await shop.order({mug: 2, lamp: 1})
    assert (placed["status"], placed["totals"]["total"]) == ("created", {"amount": 5900, "currency": "EUR"})
    order = await shop.until(placed["id"], "completed")
    assert order["payment"]["status"] == "approved"
    assert order["confirmation"]["status"] == "sent"
    assert (order["kind"], order["cancel_requested"], order["number"]) == ("managed", False, placed["number"])
    settled = await shop.until_it(
        placed["id"], lambda o: (o["inventory"]["status"], o["invoice"]["status"]) == ("committed", "issued")
    )
    assert await shop.level(mug) == (8, 0) and await shop.level(lamp) == (4, 0)
    payment, invoice, parcel = await _books(shop, placed["id"])
    assert (payment["status"], payment["captured"]["amount"]) == ("captured", 5900)
    assert (invoice["number"], invoice["total"]["amount"]) == (settled["invoice"]["number"], 5900)
    assert (parcel["status"], parcel["tracking_number"]) == ("scheduled", settled["fulfillment"]["tracking_number"])
    assert await shop.messages(placed["id"]) == [("created", "sent"), ("confirmed", "sent")]
    await shop.assert_clean()


async def _books(shop: Shop, order_id: str) -> tuple[dict, dict, dict]:  # type: ignore[type-arg]
    return await shop.payment(order_id), await shop.invoice(order_id), await shop.shipment(order_id)


async def test_every_step_is_told_in_the_log_and_in_the_timeline(shop: Shop) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 1})
    await shop.until(placed["id"], "completed")
    await shop.settled()
    told = await shop.events(placed["id"])
    once = ["OrderCreated", "StockReserved", "PaymentSucceeded", "OrderConfirmed", "ShipmentScheduled"]
    once += ["OrderShippingScheduled", "OrderCompleted"]
    assert [name for name in told if name in once] == once
    beside = ["PaymentIntentCreated", "InvoiceDrafted", "StockCommitted", "InvoiceIssued"]
    assert sorted(name for name in told if name not in once) == sorted(
        [*beside, "NotificationSent", "NotificationSent"]
    )
    assert await shop.statuses(placed["id"]) == ["created", "reserved", "paid", "shipping_scheduled", "completed"]
    page = await shop.get("ordering", f"/orders/{placed['id']}/timeline")
    traces = {entry["trace"] for entry in page["items"]}
    assert len(traces) == 1 and None not in traces
    assert all(entry["at"] and entry["cause"] for entry in page["items"])
    await shop.assert_clean()


async def test_a_parcel_is_shipped_and_delivered_and_the_buyer_is_told_in_that_order(shop: Shop) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 1})
    await shop.until(placed["id"], "completed")
    assert (await shop.move_parcel(placed["id"], "dispatch")).status == 200
    await shop.until_it(placed["id"], lambda order: order["fulfillment"]["status"] == "shipped")
    assert (await shop.move_parcel(placed["id"], "deliver")).status == 200
    order = await shop.until_it(placed["id"], lambda order: order["fulfillment"]["status"] == "delivered")
    assert order["status"] == "completed"
    await shop.settled()
    told = [milestone for milestone, _ in await shop.messages(placed["id"])]
    assert told == ["created", "confirmed", "shipped", "delivered"]
    tracked = await shop.get("shipping", f"/tracking/{order['fulfillment']['tracking_number']}", by=ANONYMOUS)
    assert tracked["status"] == "delivered"
    await shop.assert_clean()


async def test_a_guest_follows_the_order_with_its_token_and_nobody_else_can(shop: Shop) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 1})
    path = f"/orders/{placed['id']}"
    guest = shop.services.call("ordering", ANONYMOUS)
    assert (await guest("GET", path, query={"token": placed["access_token"]})).status == 200
    for stranger in (ANONYMOUS, customer("mallory")):
        answer = await shop.call("ordering", "GET", path, by=stranger)
        absent = await shop.call("ordering", "GET", "/orders/01a1fde5-2bb7-73cf-8644-87f373087f77", by=stranger)
        assert (answer.status, answer.body) == (absent.status, absent.body) and answer.status == 404
    await shop.assert_clean()


async def test_a_customers_order_is_the_customers_own(shop: Shop) -> None:
    sku = await shop.product(3)
    ada, bob = customer("ada"), customer("bob")
    placed = await shop.order({sku: 1}, by=ada)
    assert placed["customer_id"] == "ada" and "access_token" not in placed
    assert (await shop.call("ordering", "GET", f"/orders/{placed['id']}", by=ada)).status == 200
    assert (await shop.call("ordering", "GET", f"/orders/{placed['id']}", by=bob)).status == 404
    assert (await shop.call("ordering", "POST", f"/orders/{placed['id']}/cancel", by=bob)).status == 404
    await shop.until(placed["id"], "completed")
    assert (await shop.call("billing", "GET", "/invoices", by=bob)).json()["items"] == []
    own = (await shop.call("billing", "GET", "/invoices", by=ada)).json()["items"]
    assert [invoice["order_id"] for invoice in own] == [placed["id"]]
    await shop.assert_clean()


async def test_staff_write_shipped_and_delivered_and_the_parcel_moves(shop: Shop) -> None:
    sku = await shop.product(3)
    placed = await shop.order({sku: 1})
    await shop.until(placed["id"], "completed")
    put = shop.services.call("ordering", STAFF)
    path = f"/orders/{placed['id']}/status"
    assert (await put("PUT", path, {"status": "completed"})).status == 200
    assert (await put("PUT", path, {"status": "paid"})).status == 409
    assert (await put("PUT", path, {"status": "nonsense"})).status == 422
    assert (await put("PUT", path, {"status": "delivered"})).status in (200, 202)
    order = await shop.until_it(placed["id"], lambda order: order["fulfillment"]["status"] == "delivered")
    assert order["status"] == "completed"
    assert (await put("PUT", path, {"status": "canceled"})).status == 409
    await shop.assert_clean()
