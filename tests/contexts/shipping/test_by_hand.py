"""Parcels sent by hand: never for an order that runs by itself."""

import asyncio
from typing import Any

from comanda.contexts.billing.card import card as billing
from comanda.contexts.carting.card import card as carting
from comanda.contexts.cataloging.card import card as cataloging
from comanda.contexts.ordering.card import card as ordering
from comanda.contexts.paying.card import card as paying
from comanda.contexts.profiling.card import card as profiling
from comanda.contexts.shipping.card import card as shipping_card
from comanda.contexts.stocking.card import card as stocking
from comanda.kernel.ids import new_id
from tests.support.database import Database
from tests.support.services import STAFF, Services, running

CONTEXTS = (profiling, cataloging, stocking, carting, ordering, paying, billing, shipping_card)
ADDRESS = {"recipient": "Ada", "street": "Hauptstraße 1", "city": "Berlin", "postal_code": "10115", "country": "DE"}


def parcel(order_id: str) -> dict[str, Any]:
    """A parcel with one mug."""
    return {
        "order_id": order_id,
        "lines": [{"sku": "MUG", "quantity": 1, "name": "Mug"}],
        "value": {"amount": 1_000, "currency": "EUR"},
        "shipping_address": ADDRESS,
    }


async def ordered(services: Services) -> str:
    """The id of an order of one mug that somebody has just placed."""
    mug = {"sku": "MUG", "name": "Mug", "price": {"amount": 1_000, "currency": "EUR"}}
    (await services.call("cataloging", STAFF)("POST", "/products/import", {"products": [mug]})).checked()
    stock = services.call("stocking", STAFF)
    (await stock("POST", "/stock/MUG/adjustments", {"delta": 5, "reason": "received"})).checked()
    order = {
        "lines": [{"sku": "MUG", "quantity": 1}],
        "email": "ada@example.com",
        "shipping_address": ADDRESS,
        "payment_method": {"type": "card", "token": "tok_approved"},
    }
    return str((await services.call("ordering")("POST", "/orders", order)).checked().json()["id"])


async def shipment_of(services: Services, order_id: str) -> str:
    """The status of the order's shipment, as soon as there is one."""
    async with asyncio.timeout(20):
        while True:
            answer = await services.call("shipping", STAFF)("GET", "/shipments", query={"order_id": order_id})
            for item in answer.checked().json()["items"]:
                return str(item["status"])
            await asyncio.sleep(0.02)


async def recorded(services: Services) -> str:
    """The id of an order that another system ran."""
    line = {"sku": "MUG", "name": "Mug", "quantity": 1, "unit_price": 1_000}
    order = {"reference": "OLD-1", "created_at": "2026-01-31T12:00:00Z", "currency": "EUR", "lines": [line]}
    staff = services.call("ordering", STAFF)
    (await staff("POST", "/orders/import", {"orders": [order]})).checked()
    (found,) = (await staff("GET", "/orders")).checked().json()["items"]
    return str(found["id"])


async def test_a_recorded_orders_parcel_is_sent_once_and_nothing_is_published(database: Database) -> None:
    async with running(database, CONTEXTS) as services:
        shipping = services.call("shipping", STAFF)
        order_id = await recorded(services)
        sent = await shipping("POST", "/shipments", parcel(order_id), key="once")
        assert sent.status == 201
        assert (await shipping("POST", "/shipments", parcel(order_id), key="once")).body == sent.body
        assert (await shipping("POST", "/shipments", parcel(order_id))).status == 409
        shipment_id = sent.json()["id"]
        for verb in ("dispatch", "deliver"):
            (await shipping("POST", f"/shipments/{shipment_id}/{verb}", {})).checked()
        async with services.process.services["shipping"].database.acquire() as connection:
            assert not await connection.fetchval("select count(*) from messaging.log where type like '%.shipping.%'")


async def test_a_managed_orders_shipment_makes_itself(database: Database) -> None:
    async with running(database, CONTEXTS) as services:
        shipping = services.call("shipping", STAFF)
        order_id = await ordered(services)
        refused = await shipping("POST", "/shipments", parcel(order_id))
        assert (refused.status, refused.json()["type"]) == (409, "urn:comanda:problem:shipment-exists")
        assert await shipment_of(services, order_id) == "scheduled"
        assert (await shipping("POST", "/shipments", parcel(order_id))).status == 409
        assert (await shipping("POST", "/shipments", parcel(new_id()))).status == 404
        assert (await shipping("POST", "/shipments", parcel("nonsense"))).status == 404
        assert (await services.call("shipping")("POST", "/shipments", parcel(order_id))).status == 401
