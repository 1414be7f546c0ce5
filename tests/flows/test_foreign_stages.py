"""Orders whose stages foreign services keep, over real HTTP: forward, refused, undone, through failures."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from comanda.contexts.ordering.contract.stages import CART, INVENTORY, MAIL, PAYMENT, SHIPPING, STAGES
from comanda.messaging.intent_worker import Pace
from comanda.platform.postgres import EmbeddedPostgres
from tests.support.database import Database, cloned_database
from tests.support.disturbances import change_setting, let_time_pass, say_again
from tests.support.foreign_service import (
    DOWN,
    FLOODS,
    HANGS,
    LOST,
    REDIRECTS,
    TEACHES,
    UNREACHABLE,
    ForeignService,
    foreign_service,
)
from tests.support.services import STAFF
from tests.support.shop import ADDRESS, Shop, open_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUICK = Pace(lease_s=1.5, call_timeout_s=0.4, first_wait_s=0.05, longest_wait_s=0.2)


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


@pytest.fixture(autouse=True)
def _well(foreign: ForeignService) -> None:
    """No test leaves the foreign service failing for the next."""
    foreign.failing, foreign.fails_once, foreign.loses = {}, {}, 0.0


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


EVERY_CALL = ("reservations", "payments", "commit", "shipments", "messages")


@pytest.mark.parametrize("mode", [DOWN, LOST, HANGS, TEACHES, REDIRECTS, FLOODS])
async def test_a_call_without_an_answer_is_made_again_and_has_its_effect_once(
    abroad: Shop, foreign: ForeignService, mode: str
) -> None:
    sku = await _product(abroad, foreign)
    foreign.fails_once = dict.fromkeys(EVERY_CALL, mode)
    placed = await abroad.order({sku: 1})
    await abroad.until_it(placed["id"], lambda o: (o["status"], o["inventory"]["status"]) == ("completed", "committed"))
    await abroad.settled()
    assert set(foreign.of(placed["id"]).done.values()) == {1} and foreign.stock[sku] == 2
    assert min(Counter(foreign.asked(placed["id"])).values()) >= 2
    await abroad.assert_clean()


async def test_out_of_stock_there_fails_the_order_and_nothing_else_is_asked(
    abroad: Shop, foreign: ForeignService
) -> None:
    sku = await _product(abroad, foreign, 1)
    placed = await abroad.order({sku: 2})
    order = await abroad.until(placed["id"])
    assert (order["status"], order["inventory"]["status"]) == ("failed", "insufficient")
    await abroad.settled()
    assert foreign.asked(placed["id"]) == ["reservations"]
    await abroad.assert_clean()


async def test_a_declined_payment_fails_the_order_and_frees_its_goods_there(
    abroad: Shop, foreign: ForeignService
) -> None:
    sku = await _product(abroad, foreign)
    placed = await abroad.order({sku: 2}, token="tok_declined")
    order = await abroad.until(placed["id"])
    assert (order["status"], order["payment"]["status"]) == ("failed", "declined")
    await abroad.settled()
    assert foreign.asked(placed["id"]) == ["reservations", "payments", "release"]
    assert foreign.stock[sku] == 3
    await abroad.assert_clean()


async def test_a_carrier_that_refuses_fails_the_order_and_money_and_goods_go_back(
    abroad: Shop, foreign: ForeignService
) -> None:
    sku = await _product(abroad, foreign)
    placed = await abroad.order({sku: 1}, shipping_address=ADDRESS | {"postal_code": foreign.refuses_postal_code})
    order = await abroad.until(placed["id"])
    assert (order["status"], order["fulfillment"]["status"]) == ("failed", "canceled")
    await abroad.settled()
    assert foreign.of(placed["id"]).words["payment"] == "refunded" and foreign.stock[sku] == 3
    assert (await abroad.seen(placed["id"]))["payment"]["status"] == "refunded"
    await abroad.assert_clean()


async def test_an_order_waits_for_a_service_that_is_down_and_goes_on_when_it_is_back(
    abroad: Shop, foreign: ForeignService
) -> None:
    sku = await _product(abroad, foreign)
    foreign.failing = {"payment": DOWN}
    placed = await abroad.order({sku: 1})
    await _until(lambda: len(foreign.asked(placed["id"])) > 3)
    assert (await abroad.seen(placed["id"]))["status"] == "reserved"
    foreign.failing = {}
    await abroad.until(placed["id"], "completed")
    assert foreign.of(placed["id"]).done["succeeded"] == 1
    await abroad.assert_clean()


async def test_a_pending_payment_is_asked_for_until_it_is_made(abroad: Shop, foreign: ForeignService) -> None:
    sku = await _product(abroad, foreign)
    placed = await abroad.order({sku: 1}, token="tok_pending")
    await _until(lambda: foreign.asked(placed["id"]).count("payments") > 2)
    await abroad.assert_clean()
    foreign.paid.add(placed["id"])
    await abroad.until(placed["id"], "completed")
    await abroad.assert_clean()


HELD = [
    ("created", "reservations", DOWN),
    ("created", "reservations", LOST),
    ("reserved", "payments", DOWN),
    ("reserved", "payments", LOST),
    ("paid", "shipments", DOWN),
    ("paid", "shipments", LOST),
    ("shipping_scheduled", "messages", DOWN),
    ("completed", "", ""),
]


@pytest.mark.parametrize(("status", "call", "mode"), HELD)
async def test_a_cancel_undoes_there_once_what_was_done_there(
    abroad: Shop, foreign: ForeignService, status: str, call: str, mode: str
) -> None:
    sku = await _product(abroad, foreign)
    foreign.failing = {call: mode}
    placed = await abroad.order({sku: 2})
    order_id = placed["id"]
    await abroad.until(order_id, status)
    await _until(lambda: not call or foreign.asked(order_id).count(call) > 1)
    assert (await abroad.cancel(order_id)).status == (200 if status in ("created", "reserved") else 202)
    foreign.failing = {}
    order = await abroad.until(order_id, "canceled")
    await abroad.settled()
    kept = foreign.of(order_id)
    assert foreign.stock[sku] == 3
    assert kept.done["released"] == 1
    assert kept.done["refunded"] + kept.done["voided"] == (0 if status == "created" else 1)
    assert kept.done["canceled"] == (0 if status in ("created", "reserved") else 1)
    assert max(kept.done.values()) == 1
    assert order["cancel_requested"] is False
    await abroad.assert_clean()


async def test_an_order_that_was_never_asked_for_there_is_not_undone_there(
    abroad: Shop, foreign: ForeignService
) -> None:
    sku = await _product(abroad, foreign)
    foreign.failing = {"reservations": HANGS}
    placed = await abroad.order({sku: 1})
    await _until(lambda: bool(foreign.asked(placed["id"])))
    await abroad.cancel(placed["id"])
    foreign.failing = {}
    await abroad.settled()
    assert set(foreign.asked(placed["id"])) == {"reservations", "release"}
    assert foreign.stock[sku] == 3
    await abroad.assert_clean()


async def test_a_cancel_after_the_parcel_has_left_there_is_refused_and_the_order_goes_on(
    abroad: Shop, foreign: ForeignService
) -> None:
    sku = await _product(abroad, foreign)
    placed = await abroad.order({sku: 1})
    await abroad.until(placed["id"], "completed")
    foreign.left.add(placed["id"])
    assert (await abroad.cancel(placed["id"])).status == 202
    order = await abroad.until_it(placed["id"], lambda o: o["fulfillment"]["status"] == "shipped")
    assert (order["status"], order["cancel_requested"]) == ("completed", False)
    assert (await abroad.cancel(placed["id"])).status == 409
    await abroad.settled()
    assert foreign.of(placed["id"]).done["released"] == 0
    await abroad.assert_clean()


async def test_the_way_of_a_foreign_parcel_is_written_as_a_status_and_the_buyer_is_told(
    abroad: Shop, foreign: ForeignService
) -> None:
    sku = await _product(abroad, foreign)
    placed = await abroad.order({sku: 1})
    await abroad.until(placed["id"], "completed")
    for word in ("shipped", "delivered"):
        answer = await abroad.call("ordering", "PUT", f"/orders/{placed['id']}/status", {"status": word})
        assert (answer.status, answer.json()["fulfillment"]["status"]) == (200, word)
    await abroad.settled()
    assert [milestone for milestone, _ in await abroad.messages(placed["id"])] == ["created", "shipped", "delivered"]
    body = {"order_id": placed["id"], "lines": [{"sku": sku, "quantity": 1}], "reason": "broken"}
    refused = await abroad.call("ordering", "POST", "/returns", body)
    assert (refused.status, refused.json()["type"]) == (409, "urn:comanda:problem:kept-elsewhere")
    await abroad.assert_clean()


async def test_a_worker_that_dies_between_call_and_record_has_the_call_made_again_under_the_same_key(
    abroad: Shop, foreign: ForeignService
) -> None:
    sku = await _product(abroad, foreign)
    foreign.fails_once = {"payments": HANGS}
    placed = await abroad.order({sku: 1})
    await _until(lambda: foreign.of(placed["id"]).done["succeeded"] == 1)
    assert _kill_calls() == 1
    await abroad.until(placed["id"], "completed")
    assert foreign.asked(placed["id"]).count("payments") == 2
    assert foreign.of(placed["id"]).done["succeeded"] == 1
    await abroad.assert_clean()


async def test_staff_are_told_of_a_call_that_nobody_answers_and_it_is_made_until_it_is(
    abroad: Shop, foreign: ForeignService
) -> None:
    sku = await _product(abroad, foreign)
    foreign.failing = {"release": TEACHES}
    placed = await abroad.order({sku: 1}, token="tok_declined")

    await _until(lambda: foreign.asked(placed["id"]).count("release") > 10)
    found = await _tasks(abroad, placed["id"])
    assert found[0]["detail"] == "The foreign inventory service does not answer: release."
    foreign.failing = {}
    await abroad.settled()
    assert await _tasks(abroad, placed["id"]) == [] and foreign.stock[sku] == 3
    await abroad.assert_clean()


async def test_a_storm_of_orders_lost_answers_and_cancels_leaves_both_sides_agreeing(
    abroad: Shop, foreign: ForeignService
) -> None:
    sku = await _product(abroad, foreign, 30)
    foreign.loses = 0.3
    chance = random.Random(11)
    placed = [await abroad.order({sku: 1}, token=chance.choice(("tok_approved", "tok_declined"))) for _ in range(24)]
    for order in placed[::2]:
        await abroad.cancel(order["id"])
    foreign.loses = 0.1
    statuses = await abroad.ended([order["id"] for order in placed])
    await abroad.settled(60)
    foreign.loses = 0.0
    kept = {order["id"]: foreign.of(order["id"]) for order in placed}
    completed = [id for id, status in statuses.items() if status == "completed"]
    assert all(max(one.done.values(), default=1) == 1 for one in kept.values())
    assert foreign.stock[sku] == 30 - sum(1 for id in completed if not _is_canceled(kept[id].words))
    for order_id, one in kept.items():
        order = await abroad.seen(order_id)
        if order["status"] == "completed":
            assert (one.words["inventory"], one.words["payment"]) == ("committed", "succeeded")
        else:
            assert one.words.get("inventory") in (None, "released", "insufficient")
            assert one.words.get("payment") in (None, "refunded", "voided", "declined")
    await abroad.assert_clean()


async def _tasks(shop: Shop, order_id: str, kind: str = "foreign_stage") -> list[dict[str, str]]:
    query = {"order_id": order_id, "kind": kind}
    answer = await shop.services.call("ordering", STAFF)("GET", "/tasks", query=query)
    found: list[dict[str, str]] = answer.json()["items"]
    return found


def _is_canceled(words: dict[str, str]) -> bool:
    return words.get("inventory") == "released"


def _kill_calls() -> int:
    """End the tasks that are making calls, as a crash would: nothing of theirs is recorded."""
    calls = [
        task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__qualname__", "") == "IntentWorker.make"
    ]
    return sum(task.cancel() for task in calls)


async def _until(good: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not good():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.02)


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


async def test_an_order_keeps_the_stages_it_was_placed_with(
    postgres: EmbeddedPostgres, foreign: ForeignService
) -> None:
    foreign.failing = {"payment": DOWN}
    async with cloned_database(postgres) as database:
        async with shop_with(database, foreign, PAYMENT) as shop:
            sku = await shop.product(5)
            abroad_order = await shop.order({sku: 1})
            await _until(lambda: len(foreign.asked(abroad_order["id"])) > 0)
        foreign.failing = {}
        async with shop_with(database, foreign) as shop:
            own = await shop.order({sku: 1})
            await shop.until(own["id"], "completed")
            assert (await shop.payment(own["id"]))["status"] == "captured"
            assert (await shop.seen(abroad_order["id"]))["status"] == "reserved"
        async with shop_with(database, foreign, PAYMENT) as shop:
            await shop.until(abroad_order["id"], "completed")
            await shop.assert_clean()
    assert foreign.asked(own["id"]) == []


async def test_a_foreign_cart_that_is_absent_closed_or_not_answered_places_nothing(
    abroad: Shop, foreign: ForeignService
) -> None:
    sku = await _product(abroad, foreign)
    body = abroad.body({})
    del body["lines"]
    foreign.carts |= {
        "closed": {"items": [{"sku": sku, "quantity": 1}], "status": "checked_out"},
        "empty": {"items": []},
        "odd": {"items": [{"sku": sku, "quantity": -1}]},
        "of-eve": {"items": [{"sku": sku, "quantity": 1}], "customer_id": "eve"},
    }
    wanted = {"closed": 409, "empty": 409, "absent": 409, "..": 409, "of-eve": 409, "odd": 503}
    for cart_id, status in wanted.items():
        answer = await abroad.call("ordering", "POST", "/orders", body | {"cart_id": cart_id})
        assert (cart_id, answer.status) == (cart_id, status)
    assert foreign.stock[sku] == 3


async def test_no_secret_of_an_address_is_logged_or_kept(
    abroad: Shop, foreign: ForeignService, capfd: pytest.CaptureFixture[str]
) -> None:
    sku = await _product(abroad, foreign)
    foreign.fails_once = dict.fromkeys(EVERY_CALL, DOWN)
    placed = await abroad.order({sku: 1})
    await abroad.until(placed["id"], "completed")
    (asked, *_) = [more for _, about, more in foreign.requests if about == placed["id"]]
    assert asked["authorization"].startswith("Basic ")
    async with abroad.sql() as connection:
        kept = await connection.fetch("select problem from ordering.intents")
    said = "".join(capfd.readouterr()) + "".join(row["problem"] for row in kept)
    assert "secret" not in said and str(foreign.port) not in said


async def test_a_deadline_ends_an_order_whose_payment_nobody_answers_about_and_it_is_given_back(
    postgres: EmbeddedPostgres, foreign: ForeignService
) -> None:
    async with cloned_database(postgres) as database, shop_with(database, foreign, PAYMENT) as shop:
        sku = await shop.product(3)
        foreign.failing = {"payments": LOST}
        placed = await shop.order({sku: 1})
        await _until(lambda: foreign.of(placed["id"]).done["succeeded"] == 1)
        let_time_pass(shop, minutes=36)
        order = await shop.until(placed["id"], "failed")
        assert order["reason"] == "not paid in time"
        await shop.until_it(placed["id"], lambda o: o["payment"]["status"] == "refunded")
        await shop.settled()
        assert foreign.of(placed["id"]).done["refunded"] == 1 and await shop.level(sku) == (3, 0)
        await shop.assert_clean()


@pytest.mark.parametrize(("setting", "status"), [("complete", "completed"), ("fail", "failed")])
async def test_a_message_that_cannot_be_delivered_leaves_a_task_or_undoes_the_order_as_set(
    abroad: Shop, foreign: ForeignService, setting: str, status: str
) -> None:
    await change_setting(abroad, "ordering", "ordering.notification_failure", setting)
    sku = await _product(abroad, foreign)
    placed = await abroad.order({sku: 1}, email=UNREACHABLE)
    order = await abroad.until(placed["id"])
    assert (order["status"], order["confirmation"]["status"]) == (status, "failed")
    await abroad.settled()
    assert foreign.stock[sku] == (2 if status == "completed" else 3)
    assert len(await _tasks(abroad, placed["id"], "tell_customer")) == (1 if status == "completed" else 0)
    await change_setting(abroad, "ordering", "ordering.notification_failure", "complete")
    await abroad.assert_clean()


async def test_events_said_again_ask_nobody_again(postgres: EmbeddedPostgres, foreign: ForeignService) -> None:
    async with cloned_database(postgres) as database, shop_with(database, foreign, *STAGES) as shop:
        sku = await _product(shop, foreign)
        placed = await shop.order({sku: 1})
        await shop.until_it(
            placed["id"], lambda o: (o["status"], o["inventory"]["status"]) == ("completed", "committed")
        )
        await shop.settled()
        before = foreign.asked(placed["id"])
        await say_again(shop, placed["id"])
        await shop.settled()
        assert foreign.asked(placed["id"]) == before
        assert await shop.items("shipping", "/shipments", placed["id"]) == []


async def test_a_parcel_that_comes_back_is_for_staff_to_settle_with_the_foreign_service(
    postgres: EmbeddedPostgres, foreign: ForeignService
) -> None:
    async with cloned_database(postgres) as database, shop_with(database, foreign, PAYMENT) as shop:
        sku = await shop.product(3)
        placed = await shop.order({sku: 1})
        await shop.until(placed["id"], "completed")
        assert (await shop.move_parcel(placed["id"], "dispatch")).status == 200
        answer = await shop.move_parcel(placed["id"], "return", {"restockable": True})
        assert answer.status == 200, answer.body
        await shop.until_it(placed["id"], lambda o: o["fulfillment"]["status"] == "returned")
        (task,) = await _tasks(shop, placed["id"])
        assert task["detail"] == "The parcel came back: tell the foreign payment service."
        await shop.assert_clean()


async def test_no_card_is_kept_once_it_cannot_be_charged_any_more(abroad: Shop, foreign: ForeignService) -> None:
    sku = await _product(abroad, foreign)
    completed = await abroad.order({sku: 1}, token="tok_mine")
    await abroad.until(completed["id"], "completed")
    foreign.failing = {"reservations": DOWN}
    canceled = await abroad.order({sku: 1}, token="tok_mine")
    await abroad.cancel(canceled["id"])
    foreign.failing = {}
    await abroad.settled()
    async with abroad.sql() as connection:
        assert await connection.fetchval("select count(*) from ordering.foreign_stages where token = 'tok_mine'") == 0
    await abroad.assert_clean()
