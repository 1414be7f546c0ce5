"""The dialect `checkout` over real HTTP: every endpoint of its description, in its words."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio

from comanda.contexts.ordering.dialects.checkout import dialect
from comanda.platform.auth import ANONYMOUS, Principal
from comanda.platform.postgres import EmbeddedPostgres
from tests.support.database import cloned_database
from tests.support.doors import served, visiting
from tests.support.listener import until
from tests.support.services import customer
from tests.support.shop import Shop, open_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADDRESS = {"street": "1 Main Street", "city": "Dublin", "postal_code": "D01", "country": "IE"}
CARD = {"type": "card", "token": "tok_approved"}
_users = count(1)


@dataclass
class Till:
    """The dialect's URL, a client with a token of the staff, and the shop behind it."""

    shop: Shop
    url: str
    staff: httpx.AsyncClient

    async def user(self, pieces: int = 2) -> str:
        """A new user with something in the cart."""
        user = f"user-{next(_users)}"
        await self.fill(user, pieces)
        return user

    async def fill(self, user: str, pieces: int) -> None:
        """Put pieces into the user's open cart."""
        items = [{"sku": "P1", "quantity": pieces}] if pieces else []
        await self.shop.post("carting", "/carts", {"customer_id": user, "items": items})

    async def place(self, user: str, **members: Any) -> dict[str, Any]:
        """POST /order; answers the order."""
        answer = await self.staff.post("/order", json=body(user, **members))
        assert answer.status_code == 201, answer.text
        order: dict[str, Any] = answer.json()
        return order

    async def seen(self, order_id: str) -> dict[str, Any]:
        """GET /order/{orderId}/status."""
        answer = await self.staff.get(f"/order/{order_id}/status")
        assert answer.status_code == 200, answer.text
        status: dict[str, Any] = answer.json()
        return status

    async def until(self, order_id: str, word: str) -> dict[str, Any]:
        """Wait until the order has this status."""
        return await until(lambda: self.seen(order_id), lambda status: status["status"] == word)

    async def until_cart_is_taken(self, user: str) -> None:
        """Wait until the user has no open cart."""

        async def cart() -> Any:
            return (await self.staff.get(f"/cart/{user}")).json()

        await until(cart, lambda seen: seen["id"] is None)

    async def completed(self) -> str:
        """An order that is waiting for its parcel to leave."""
        order_id: str = (await self.place(await self.user()))["orderId"]
        await self.shop.until(order_id, "completed")
        return order_id

    async def put(self, order_id: str, word: str) -> httpx.Response:
        """PUT /order/{orderId}/status."""
        return await self.staff.put(f"/order/{order_id}/status", json={"status": word})


def body(user: str, **members: Any) -> dict[str, Any]:
    """The body of POST /checkout and POST /order."""
    return {"userId": user, "deliveryAddress": ADDRESS, "paymentMethod": CARD} | members


def code(answer: httpx.Response) -> tuple[int, str]:
    """The status and the code of a problem."""
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def till(postgres: EmbeddedPostgres) -> AsyncIterator[Till]:
    async with cloned_database(postgres) as database, open_shop(database) as shop:
        await shop.stock({"P1": 10_000}, price=1_000)
        async with served(shop, dialect) as url, visiting(shop, url, "staff", "staff-1") as staff:
            yield Till(shop, url, staff)


async def test_a_cart_becomes_an_order_that_is_shipped_and_delivered(till: Till) -> None:
    user = await till.user(pieces=2)
    cart = (await till.staff.get(f"/cart/{user}")).json()
    assert [(item["sku"], item["quantity"]) for item in cart["items"]] == [("P1", 2)]
    quoted = (await till.staff.post("/checkout", json=body(user))).json()
    assert (quoted["valid"], quoted["problems"]) == (True, [])
    assert quoted["totals"]["total"] == {"amount": 2_000, "currency": "EUR"}

    order = await till.place(user)
    assert (order["status"], order["userId"], order["totalPrice"]) == ("placed", user, quoted["totals"]["total"])
    assert order["items"] == quoted["lines"]
    assert (order["items"][0]["productId"], order["items"][0]["quantity"]) == ("P1", 2)
    assert (order["deliveryAddress"]["city"], order["paymentMethod"]) == ("Dublin", {"type": "card"})
    await till.until_cart_is_taken(user)

    order_id = order["orderId"]
    await till.shop.until(order_id, "completed")
    assert (await till.seen(order_id))["status"] == "processing"
    for word in ("shipped", "delivered"):
        answer = await till.put(order_id, word)
        assert (answer.status_code, answer.json()["status"]) == (200, word)
    status = await till.seen(order_id)
    assert list(status) == ["orderId", "status", "milestones"]
    assert [milestone["status"] for milestone in status["milestones"]] == [
        *("placed", "processing", "shipped", "delivered")
    ]
    times = [milestone["at"] for milestone in status["milestones"]]
    assert times == sorted(times)
    assert (await till.staff.get(f"/orders/{user}")).json()["items"] == [
        (await till.staff.get(f"/order/{order_id}")).json()
    ]
    assert code(await till.staff.delete(f"/order/{order_id}")) == (409, "order-already-shipped")


async def test_delivered_dispatches_where_that_is_still_to_be_done(till: Till) -> None:
    order_id = await till.completed()
    answer = await till.put(order_id, "delivered")
    assert (answer.status_code, answer.json()["status"]) == (200, "delivered")


async def test_an_order_is_cancelled_at_once_before_it_is_paid_and_with_shippings_consent_after(till: Till) -> None:
    pending = await till.place(await till.user(), paymentMethod={"type": "card", "token": "tok_pending"})
    answer = await till.staff.delete(f"/order/{pending['orderId']}")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    order_id = await till.completed()
    answer = await till.staff.delete(f"/order/{order_id}")
    assert (answer.status_code, answer.json()["cancelRequested"]) == (202, True)
    status = await till.until(order_id, "cancelled")
    assert [milestone["status"] for milestone in status["milestones"]] == ["placed", "processing", "cancelled"]
    answer = await till.put(order_id, "cancelled")
    assert answer.status_code == 200


async def test_a_shortage_shows_as_cancelled(till: Till) -> None:
    user = f"user-{next(_users)}"
    await till.shop.stock({"RARE": 1})
    await till.shop.post("carting", "/carts", {"customer_id": user, "items": [{"sku": "RARE", "quantity": 2}]})
    await till.until((await till.place(user))["orderId"], "cancelled")


async def test_what_stands_in_the_way_is_a_problem_and_nothing_is_taken(till: Till) -> None:
    async def problems(**members: Any) -> list[str]:
        answer = await till.staff.post("/checkout", json=body(user, **members))
        assert answer.status_code == 200, answer.text
        assert answer.json()["valid"] is False
        return [problem["code"] for problem in answer.json()["problems"]]

    user = await till.user()
    assert await problems(paymentMethod={"type": "card", "token": "4242"}) == ["payment-method-invalid"]
    assert await problems(paymentMethod={"type": "shells"}) == ["payment-method-invalid"]
    assert await problems(paymentMethod={"type": "on_delivery", "token": "tok_approved"}) == ["payment-method-invalid"]
    assert await problems(deliveryAddress=None) == ["address-missing"]
    user = "nobody"
    assert await problems() == ["cart-unavailable"]
    assert code(await till.staff.post("/order", json=body(user))) == (409, "cart-unavailable")


async def test_the_same_key_gets_the_same_order_after_its_cart_is_gone(till: Till) -> None:
    user = await till.user()
    key = {"Idempotency-Key": f"key-of-{user}"}
    first = await till.staff.post("/order", json=body(user), headers=key)
    assert first.status_code == 201
    assert (await till.staff.post("/order", json=body(user), headers=key)).json()["orderId"] == first.json()["orderId"]
    await till.until_cart_is_taken(user)
    assert (await till.staff.post("/order", json=body(user), headers=key)).json()["orderId"] == first.json()["orderId"]
    await till.fill(user, 1)
    assert (await till.staff.post("/order", json=body(user), headers=key)).json()["orderId"] == first.json()["orderId"]
    second = await till.place(user)
    assert second["orderId"] != first.json()["orderId"], "the new cart was not taken by the repetition"


async def test_the_confirmation_goes_to_the_users_account(till: Till) -> None:
    account = {"email": "ana@example.org", "password": "correct horse battery", "name": "Ana", "language": "pt"}
    assert (await till.shop.call("profiling", "POST", "/customers", account)).status == 201
    found = (await till.shop.get("profiling", "/customers"))["items"]
    user = next(customer["id"] for customer in found if customer["email"] == account["email"])
    await till.fill(user, 1)
    order = await till.place(user)
    assert order["deliveryAddress"]["recipient"] == "Ana"

    async def told() -> list[tuple[str, str]]:
        return await till.shop.messages(order["orderId"])

    assert await until(told, lambda seen: len(seen) == 2) == [("created", "sent"), ("confirmed", "sent")]


async def test_users_of_other_systems_may_have_slashes(till: Till) -> None:
    user = "shop/7 ü?#"
    await till.fill(user, 1)
    path = quote(user, safe="")
    assert len((await till.staff.get(f"/cart/{path}")).json()["items"]) == 1
    order = await till.place(user)
    page = (await till.staff.get(f"/orders/{path}")).json()
    assert [order["orderId"] for order in page["items"]] == [order["orderId"]]


async def test_customers_see_and_order_their_own_only(till: Till) -> None:
    mine, theirs = await till.user(), await till.user()
    foreign = await till.place(theirs)
    await till.until_cart_is_taken(theirs)
    await till.fill(theirs, 1)
    async with visiting(till.shop, till.url, "customer", mine) as me:
        assert (await me.post("/checkout", json=body(mine))).json()["valid"]
        placed = await me.post("/order", json=body(mine))
        assert placed.status_code == 201
        order_id = placed.json()["orderId"]
        assert [order["orderId"] for order in (await me.get(f"/orders/{mine}")).json()["items"]] == [order_id]
        assert (await me.get(f"/orders/{theirs}")).json()["items"] == []
        assert (await me.get(f"/cart/{theirs}")).status_code == 404
        for path in (f"/order/{foreign['orderId']}", f"/order/{foreign['orderId']}/status", "/order/none"):
            assert code(await me.get(path)) == (404, "no-such-order")
        assert code(await me.delete(f"/order/{foreign['orderId']}")) == (404, "no-such-order")
        assert (await me.post("/checkout", json=body(theirs))).status_code == 403
        assert (await me.post("/order", json=body(theirs))).status_code == 403
        assert (await me.put(f"/order/{order_id}/status", json={"status": "cancelled"})).status_code == 403
        assert (await me.delete(f"/order/{order_id}")).status_code in (200, 202)


async def test_nobody_looks_into_a_customers_cart_by_naming_the_customer(till: Till) -> None:
    user = await till.user()
    for principal in (ANONYMOUS, customer("somebody"), Principal("staff", "s", frozenset({"stock.read"}))):
        ordering = till.shop.services.call("ordering", principal)
        answer = await ordering("POST", "/checkout", {"cart_of": user})
        assert answer.status == 403
    for principal in (customer(user), Principal("staff", "s", frozenset({"orders.read"}))):
        ordering = till.shop.services.call("ordering", principal)
        answer = await ordering("POST", "/checkout", {"cart_of": user})
        assert (answer.status, len(answer.json()["lines"])) == (200, 1)


async def test_words_that_are_not_for_writing_are_refused(till: Till) -> None:
    order_id = await till.completed()
    assert (await till.put(order_id, "processing")).status_code == 200
    assert code(await till.put(order_id, "placed")) == (409, "status-not-writable")
    assert code(await till.put(order_id, "lost")) == (422, "validation")
    assert code(await till.put("none", "shipped")) == (404, "no-such-order")


async def test_nobody_gets_in_without_a_token(till: Till) -> None:
    async with httpx.AsyncClient(base_url=till.url) as guest:
        for method, path in (
            ("GET", "/cart/u"),
            ("POST", "/checkout"),
            ("POST", "/order"),
            ("GET", "/orders/u"),
            ("GET", "/order/o"),
            ("GET", "/order/o/status"),
            ("DELETE", "/order/o"),
            ("PUT", "/order/o/status"),
        ):
            assert code(await guest.request(method, path)) == (401, "unauthenticated")
        for path in ("/health/live", "/health/ready", "/metrics", "/openapi.json", "/openapi.yaml", "/docs", "/redoc"):
            assert (await guest.get(path)).status_code == 200
