"""All that is held about a person: gathered into one file."""

import json
from typing import Any

import pytest

from comanda.platform.auth import Principal
from tests.support.services import ADMIN, STAFF, customer
from tests.support.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOLDERS = ["profiling", "ordering", "carting", "paying", "billing", "shipping", "notifying", "administering"]


async def register(shop: Shop, email: str) -> str:
    person = {"email": email, "password": "correct horse", "name": "Ada Lovelace", "phone": "+351210000001"}
    account: dict[str, Any] = await shop.post("profiling", "/customers", person)
    return str(account["id"])


async def exported(shop: Shop, customer_id: str, by: Principal) -> dict[str, Any]:
    answer = await shop.call("profiling", "GET", f"/customers/{customer_id}/export", by=by)
    assert answer.status == 200, answer.body
    file: dict[str, Any] = json.loads(answer.body)
    return file


def kinds(records: list[dict[str, Any]]) -> set[str]:
    return {record["kind"] for record in records}


async def test_a_customer_gets_all_that_is_held_about_them_as_one_file(shop: Shop) -> None:
    ada = await register(shop, "ada.export@example.org")
    sku = await shop.product(9)
    await shop.post("carting", "/carts", {"items": [{"sku": sku, "quantity": 1}]}, by=customer(ada))
    address = {"street": "Rua Exemplo", "city": "Lisboa", "postal_code": "1000-001", "country": "PT"}
    await shop.post("profiling", f"/customers/{ada}/addresses", address, by=customer(ada))
    await shop.call("profiling", "PUT", f"/customers/{ada}/status", {"status": "vip"}, by=STAFF)
    placed = await shop.order({sku: 1}, by=customer(ada), email="ada.export@example.org")
    await shop.until(placed["id"], "completed")
    await shop.settled()
    file = await exported(shop, ada, customer(ada))
    assert file["customer_id"] == ada
    services = file["services"]
    assert list(services) == HOLDERS
    assert kinds(services["profiling"]) == {"customer", "address", "event"}
    assert kinds(services["ordering"]) == {"order", "event"}
    assert kinds(services["carting"]) == {"cart"}
    assert kinds(services["paying"]) == {"payment"}
    assert kinds(services["billing"]) == {"invoice"}
    assert kinds(services["shipping"]) == {"shipment"}
    assert kinds(services["notifying"]) == {"message"}
    assert kinds(services["administering"]) == {"audit_entry"}
    (order,) = [record["data"] for record in services["ordering"] if record["kind"] == "order"]
    assert order["email"] == "ada.export@example.org"
    assert order["shipping_address"]["street"] == "Rua Exemplo"
    assert order["timeline"][0]["cause"] == "OrderCreated"
    assert "password" not in json.dumps(services["profiling"])
    assert "hash" not in json.dumps(file)


async def test_the_file_is_the_same_for_staff_and_a_download(shop: Shop) -> None:
    ada = await register(shop, "ada.staff@example.org")
    mine, theirs = await exported(shop, ada, customer(ada)), await exported(shop, ada, ADMIN)
    assert {**mine, "exported_at": ""} == {**theirs, "exported_at": ""}


async def test_nobody_else_gets_it(shop: Shop) -> None:
    ada, bob = await register(shop, "ada.hers@example.org"), await register(shop, "bob@example.org")
    foreign = await shop.call("profiling", "GET", f"/customers/{ada}/export", by=customer(bob))
    missing = await shop.call("profiling", "GET", "/customers/nobody/export", by=customer(bob))
    assert (foreign.status, foreign.body) == (404, missing.body.replace(b"nobody", ada.encode()))
    clerk = Principal("staff", "clerk", frozenset({"customers.read"}))
    assert (await shop.call("profiling", "GET", f"/customers/{ada}/export", by=clerk)).status == 403
    assert (await shop.call("ordering", "GET", f"/personal-data/{ada}", by=customer(ada))).status == 403
    assert (await shop.call("profiling", "GET", "/customers/nobody/export", by=ADMIN)).status == 404


async def test_thousands_of_orders_come_in_pages_each_once_and_in_order(shop: Shop) -> None:
    orders = [
        {
            "reference": f"old-{n}",
            "customer_id": "legacy-7",
            "email": "old@example.org",
            "created_at": "2010-12-01T08:26:00Z",
            "currency": "GBP",
            "lines": [{"sku": "A", "name": "A", "quantity": 1, "unit_price": 1}],
        }
        for n in range(1_500)
    ]
    for start in range(0, len(orders), 500):
        await shop.post("ordering", "/orders/import", {"orders": orders[start : start + 500]}, by=ADMIN)
    file = await exported(shop, "legacy-7", ADMIN)
    numbers = [record["data"]["number"] for record in file["services"]["ordering"] if record["kind"] == "order"]
    assert len(numbers) == 1_500
    assert numbers == sorted(set(numbers))
