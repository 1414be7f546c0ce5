"""Orders whose stages foreign services keep, over real HTTP: forward, refused, undone, through failures."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from comanda.contexts.ordering.contract.stages import CART, INVENTORY, MAIL, PAYMENT, SHIPPING, STAGES
from comanda.messaging.intent_worker import Pace
from comanda.platform.postgres import EmbeddedPostgres
from tests.support.database import Database, cloned_database
from tests.support.foreign_service import ForeignService, foreign_service
from tests.support.shop import Shop, open_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUICK = Pace(lease_s=3.0, call_timeout_s=1.0, first_wait_s=0.05, longest_wait_s=0.2)


@asynccontextmanager
async def shop_with(database: Database, foreign: ForeignService, *stages: str) -> AsyncIterator[Shop]:
    """A shop some of whose stages the foreign service keeps."""
    state = {"foreign_services": foreign.services(*stages), "foreign_pace": QUICK}
    async with open_shop(database, state) as shop:
        yield shop


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def foreign() -> AsyncIterator[ForeignService]:
    """The foreign service."""
    async with foreign_service() as service:
        yield service


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def abroad(postgres: EmbeddedPostgres, foreign: ForeignService) -> AsyncIterator[Shop]:
    """A shop with all five stages in foreign hands."""
    async with cloned_database(postgres) as database, shop_with(database, foreign, *STAGES) as shop:
        yield shop


async def _product(shop: Shop, foreign: ForeignService, pieces: int = 3) -> str:
    sku = await shop.product(0)
    foreign.stock[sku] = pieces
    return sku


async def test_an_order_completes_with_all_five_stages_in_foreign_hands(abroad: Shop, foreign: ForeignService) -> None:
    sku = await _product(abroad, foreign)
    foreign.carts["cart/1"] = {"items": [{"sku": sku, "quantity": 2}]}
    body = abroad.body({}) | {"cart_id": "cart/1"}
    del body["lines"]
    placed = await abroad.post("ordering", "/orders", body)
    order = await abroad.until_it(
        placed["id"], lambda o: (o["status"], o["inventory"]["status"]) == ("completed", "committed")
    )
    assert order["payment"]["status"] == "approved" and order["confirmation"]["status"] == "sent"
    assert order["fulfillment"]["tracking_number"] == f"E-{order['number']}"
    assert await abroad.statuses(placed["id"]) == ["created", "reserved", "paid", "shipping_scheduled", "completed"]
    assert foreign.stock[sku] == 1
    await abroad.settled()
    assert sorted(foreign.asked(placed["id"])) == ["commit", "messages", "payments", "reservations", "shipments"]
    assert await abroad.messages(placed["id"]) == [("created", "sent")]
    assert await abroad.items("shipping", "/shipments", placed["id"]) == []
    assert (await abroad.invoice(placed["id"]))["total"]["amount"] == 3998
    await abroad.assert_clean()


@pytest.mark.parametrize("stage", [INVENTORY, PAYMENT, SHIPPING, MAIL, CART])
async def test_an_order_completes_with_one_stage_in_foreign_hands(
    postgres: EmbeddedPostgres, foreign: ForeignService, stage: str
) -> None:
    async with cloned_database(postgres) as database, shop_with(database, foreign, stage) as shop:
        sku = await shop.product(0 if stage == INVENTORY else 3)
        foreign.stock[sku] = 3
        placed = await shop.order({sku: 1})
        await shop.until_it(
            placed["id"], lambda o: (o["status"], o["inventory"]["status"]) == ("completed", "committed")
        )
        await shop.settled()
        if stage not in (MAIL, CART):
            assert await shop.level(sku) == ((0, 0) if stage == INVENTORY else (2, 0))
        told = [("created", "sent")] if stage == MAIL else [("created", "sent"), ("confirmed", "sent")]
        assert await shop.messages(placed["id"]) == told
        await shop.assert_clean()
