"""The dialect `workflow` over real HTTP: the statuses and the steps of its description."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from comanda.contexts.ordering.dialects.workflow import dialect
from comanda.platform.postgres import EmbeddedPostgres
from tests.support.database import cloned_database
from tests.support.doors import served, visiting
from tests.support.listener import until
from tests.support.shop import Shop, open_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Bureau:
    """The dialect's URL, a client with a token of the staff, and the shop behind it."""

    def __init__(self, shop: Shop, url: str, staff: httpx.AsyncClient) -> None:
        self.shop, self.url, self.staff = shop, url, staff

    async def order(self, quantity: int = 1, **options: Any) -> str:
        """POST /orders; answers the id."""
        answer = await self.staff.post("/orders", json=self.shop.body({"A": quantity}, **options))
        assert (answer.status_code, answer.json()["status"]) == (201, "CREATED"), answer.text
        return str(answer.json()["id"])

    async def until(self, order_id: str, status: str) -> dict[str, Any]:
        """Wait until GET /orders/{id} says so."""

        async def seen() -> dict[str, Any]:
            order: dict[str, Any] = (await self.staff.get(f"/orders/{order_id}")).json()
            return order

        return await until(seen, lambda order: order["status"] == status)

    async def history(self, order_id: str) -> list[tuple[str, str]]:
        """The statuses of an order, each with its cause."""
        items = (await self.staff.get(f"/orders/{order_id}/history")).json()["items"]
        return [(step["status"], step["cause"]) for step in items]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bureau(postgres: EmbeddedPostgres) -> AsyncIterator[Bureau]:
    async with cloned_database(postgres) as database, open_shop(database) as shop:
        await shop.stock({"A": 1_000})
        async with served(shop, dialect) as url, visiting(shop, url, "staff", "staff-1") as staff:
            yield Bureau(shop, url, staff)


async def test_an_order_goes_from_created_to_completed(bureau: Bureau) -> None:
    order_id = await bureau.order()
    order = await bureau.until(order_id, "COMPLETED")
    assert (order["inventory"]["status"], order["payment"]["status"]) == ("committed", "approved")
    assert await bureau.history(order_id) == [
        ("CREATED", "OrderCreated"),
        ("RESERVED", "StockReserved"),
        ("PAID", "PaymentSucceeded"),
        ("SHIPPING_SCHEDULED", "ShipmentScheduled"),
        ("COMPLETED", "NotificationSent"),
    ]


async def test_a_shortage_and_a_declined_payment_fail(bureau: Bureau) -> None:
    short, declined = await bureau.order(quantity=2_000), await bureau.order(token="tok_declined")
    await bureau.until(short, "FAILED")
    await bureau.until(declined, "FAILED")
    assert [status for status, _ in await bureau.history(short)] == ["CREATED", "FAILED"]
    assert [status for status, _ in await bureau.history(declined)] == ["CREATED", "RESERVED", "FAILED"]


async def test_an_order_is_canceled(bureau: Bureau) -> None:
    order_id = await bureau.order(token="tok_pending")
    answer = await bureau.staff.post(f"/orders/{order_id}/cancel", json={"reason": "changement d'avis"})
    assert (answer.status_code, answer.json()["status"]) == (200, "CANCELED")
    assert answer.json()["reason"] == "changement d'avis"
    completed = await bureau.order()
    await bureau.until(completed, "COMPLETED")
    answer = await bureau.staff.post(f"/orders/{completed}/cancel")
    assert (answer.status_code, answer.json()["cancel_requested"]) == (202, True)
    await bureau.until(completed, "CANCELED")


async def test_lists_are_filtered_by_the_words_and_paged(bureau: Bureau) -> None:
    waiting = {await bureau.order(token="tok_pending") for _ in range(3)}
    for order_id in waiting:
        await bureau.until(order_id, "RESERVED")
    first = (await bureau.staff.get("/orders", params={"status": "RESERVED", "limit": 2})).json()
    rest = (await bureau.staff.get("/orders", params={"status": "RESERVED", "cursor": first["next_cursor"]})).json()
    assert {order["id"] for order in first["items"] + rest["items"]} == waiting
    assert (await bureau.staff.get("/orders", params={"status": "reserved"})).status_code == 422


async def test_a_repeated_request_with_its_key_gets_the_same_order(bureau: Bureau) -> None:
    body, key = bureau.shop.body({"A": 1}), {"Idempotency-Key": "once"}
    answers = [await bureau.staff.post("/orders", json=body, headers=key) for _ in range(2)]
    assert len({answer.json()["id"] for answer in answers}) == 1
    changed = await bureau.staff.post("/orders", json=bureau.shop.body({"A": 2}), headers=key)
    assert changed.status_code == 422


async def test_a_trace_goes_all_the_way(bureau: Bureau) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    header = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    answer = await bureau.staff.post("/orders", json=bureau.shop.body({"A": 1}), headers=header)
    assert answer.headers["trace-id"] == trace
    order_id = answer.json()["id"]
    await bureau.until(order_id, "COMPLETED")
    items = (await bureau.staff.get(f"/orders/{order_id}/history")).json()["items"]
    assert {step["trace"] for step in items} == {trace}
    assert items[0]["actor"] == "staff:staff-1"


async def test_ordering_decides_who_sees_what(bureau: Bureau) -> None:
    mine, theirs = await bureau.order(customer_id="me"), await bureau.order(customer_id="them")
    async with visiting(bureau.shop, bureau.url, "customer", "me") as me:
        assert [order["id"] for order in (await me.get("/orders")).json()["items"]] == [mine]
        assert (await me.get(f"/orders/{mine}")).status_code == 200
        for path in (f"/orders/{theirs}", f"/orders/{theirs}/history", "/orders/none"):
            answer = await me.get(path)
            assert (answer.status_code, answer.json()["type"]) == (404, "urn:comanda:problem:no-such-order")
        assert (await me.post(f"/orders/{theirs}/cancel")).status_code == 404
    async with visiting(bureau.shop, bureau.url, "staff", "reader", ("orders.read",)) as reader:
        assert (await reader.get(f"/orders/{mine}")).status_code == 200
        assert (await reader.post(f"/orders/{mine}/cancel")).status_code == 403
    async with httpx.AsyncClient(base_url=bureau.url) as guest:
        for method, path in (("GET", "/orders"), ("POST", "/orders"), ("GET", f"/orders/{mine}")):
            assert (await guest.request(method, path)).status_code == 401


async def test_the_document_is_in_french(bureau: Bureau) -> None:
    document = (await bureau.staff.get("/openapi.json")).json()
    assert document["info"]["title"] == "order"
    assert set(document["paths"]) == {"/orders", "/orders/{id}", "/orders/{id}/history", "/orders/{id}/cancel"}
    assert document["paths"]["/orders"]["post"]["summary"] == "Crée une commande"
    assert document["components"]["responses"]["NotSignedIn"]["description"].startswith("Il manque un jeton")
