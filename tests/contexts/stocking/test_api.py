"""Stocking over HTTP."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from comanda.contexts.stocking.access import ACCESS
from comanda.contexts.stocking.contract.client import StockingClient
from comanda.contexts.stocking.contract.events import StockInsufficient, StockReserved
from comanda.contexts.stocking.hold_stock import release_expired
from comanda.contexts.stocking.store import find_overdue
from comanda.kernel.ids import new_id
from comanda.platform.http.access import ANYONE
from comanda.platform.outbound import Answer
from tests.contexts.stocking.desk import Desk
from tests.contexts.stocking.facts import order_canceled, order_created
from tests.support.services import customer


async def test_an_adjustment_answers_the_level(desk: Desk) -> None:
    await desk.stock(A=5)
    answer = await desk.adjust("A", 3)
    level = {"sku": "A", "on_hand": 8, "reserved": 0, "available": 8, "low_stock_threshold": 5, "status": "in_stock"}
    assert (answer.status, answer.json()) == (200, level)
    assert (await desk.staff("GET", "/stock/A")).json() == level


async def test_everybody_sees_what_can_be_bought_and_no_more(desk: Desk) -> None:
    await desk.stock(A=5)
    await desk.read(order_created(new_id(), ("A", 2)))
    expected = {"sku": "A", "available": 3, "status": "low"}
    assert (await desk.guest("GET", "/stock/A")).json() == expected
    assert (await desk.services.call("stocking", customer("c"))("GET", "/stock/A")).json() == expected
    assert (await desk.guest("GET", "/stock")).status == 401


@pytest.mark.parametrize("route", [route for route, access in ACCESS.items() if access is not ANYONE])
async def test_guests_and_customers_reach_only_what_is_for_everybody(desk: Desk, route: str) -> None:
    method, path = route.split()
    path = path.replace("{sku}", "A").replace("{reservation_id}", new_id())
    assert (await desk.guest(method, path)).status == 401
    assert (await desk.services.call("stocking", customer("c"))(method, path)).status == 403


async def test_counting_below_what_is_promised_is_refused(desk: Desk) -> None:
    await desk.stock(A=5)
    await desk.read(order_created(new_id(), ("A", 4)))
    answer = await desk.adjust("A", -2)
    assert (answer.status, answer.json()["type"]) == (409, "urn:comanda:problem:below-reserved")
    assert await desk.counts("A") == (5, 4)


async def test_a_list_of_adjustments_is_made_whole_or_not_at_all(desk: Desk) -> None:
    await desk.stock(A=5, B=5)
    wrong = [{"sku": "A", "delta": 1, "reason": "found"}, {"sku": "B", "delta": -6, "reason": "lost"}]
    assert (await desk.staff("POST", "/stock/adjustments", {"adjustments": wrong})).status == 409
    assert await desk.counts("A") == (5, 0)
    right = [*wrong, {"sku": "B", "delta": 1, "reason": "found"}]
    assert (await desk.staff("POST", "/stock/adjustments", {"adjustments": right[::-1]})).status == 200
    assert await desk.counts("B") == (0, 0)
    await desk.assert_adds_up()


async def test_a_product_can_be_counted_before_its_news_has_arrived(desk: Desk) -> None:
    await desk.service.consumer.stop()  # type: ignore[union-attr]
    await desk.stock(NEW=4)
    assert await desk.counts("NEW") == (4, 0)


async def test_what_no_catalogue_knows_cannot_be_counted(desk: Desk) -> None:
    answer = await desk.adjust("TYPO", 1)
    assert (answer.status, answer.json()["type"]) == (404, "urn:comanda:problem:unknown-product")
    assert (await desk.staff("GET", "/stock/TYPO")).status == 404
    assert (await desk.staff("GET", "/stock/TYPO/movements")).status == 404


async def test_the_same_key_counts_once(desk: Desk) -> None:
    await desk.stock(A=5)
    answers = await asyncio.gather(*(desk.adjust("A", 1, key="delivery-7") for _ in range(5)))
    assert [answer.json()["on_hand"] for answer in answers] == [6] * 5
    assert (await desk.adjust("A", 2, key="delivery-7")).status == 422
    assert await desk.counts("A") == (6, 0)


@pytest.mark.parametrize(
    "body",
    [
        {"delta": "1", "reason": "x"},
        {"delta": 1.5, "reason": "x"},
        {"delta": 2**63, "reason": "x"},
        {"delta": 1, "reason": ""},
        {"delta": 1, "reason": "NUL \x00"},
        {"delta": 1, "reason": "x", "on_hand": 7},
        {"delta": 1},
        [],
    ],
)
async def test_a_wrong_adjustment_is_refused(desk: Desk, body: object) -> None:
    await desk.stock(A=5)
    assert (await desk.staff("POST", "/stock/A/adjustments", body)).status == 422
    assert await desk.counts("A") == (5, 0)


async def test_more_than_a_shelf_holds_is_refused(desk: Desk) -> None:
    await desk.stock(A=5)
    assert (await desk.adjust("A", 1_000_000_000)).status == 422


async def test_the_ledger_is_read_in_pages(desk: Desk) -> None:
    await desk.stock(A=5)
    for pieces in (1, 2, -3):
        (await desk.adjust("A", pieces)).checked()
    client = StockingClient(desk.service.outbound("stocking"))
    first = await client.movements("A", limit=3)
    assert [(item.delta, item.kind, item.reason) for item in first.items] == [
        (-3, "adjusted", "counted"),
        (2, "adjusted", "counted"),
        (1, "adjusted", "counted"),
    ]
    assert first.items[0].actor == "staff:staff-1"
    rest = await client.movements("A", limit=3, cursor=first.next_cursor)
    assert ([item.delta for item in rest.items], rest.next_cursor) == ([5], None)


async def test_levels_are_listed_filtered_and_paged(desk: Desk) -> None:
    await desk.stock(APPLE=50, PEAR=4, PLUM=1)
    (await desk.adjust("PLUM", -1)).checked()
    client = StockingClient(desk.service.outbound("stocking"))
    first = await client.page(limit=2)
    assert [level.sku for level in first.items] == ["APPLE", "PEAR"]
    assert [level.sku for level in (await client.page(limit=2, cursor=first.next_cursor)).items] == ["PLUM"]
    assert [level.sku for level in (await client.page(low=True)).items] == ["PEAR", "PLUM"]
    assert [level.sku for level in (await client.page(out=True)).items] == ["PLUM"]
    assert [level.sku for level in (await client.page(query="p")).items] == ["APPLE", "PEAR", "PLUM"]
    assert [level.sku for level in (await client.page(query="pl%")).items] == []
    assert list(await client.levels(["PLUM", "NONE", "APPLE"])) == ["APPLE", "PLUM"]


@pytest.mark.parametrize("path", ["/stock?cursor=nonsense", "/stock?limit=0", "/alerts?cursor=e30", "/stock?low=maybe"])
async def test_a_wrong_query_is_refused(desk: Desk, path: str) -> None:
    name, _, query = path.partition("?")
    key, _, value = query.partition("=")
    assert (await desk.staff("GET", name, query={key: value})).status == 422


async def test_a_product_can_have_a_low_stock_mark_of_its_own(desk: Desk) -> None:
    await desk.stock(A=5)
    changed = (await desk.staff("PATCH", "/stock/A", {"low_stock_threshold": 2})).checked().json()
    assert (changed["low_stock_threshold"], changed["status"]) == (2, "in_stock")
    changed = (await desk.staff("PATCH", "/stock/A", {"low_stock_threshold": None})).checked().json()
    assert (changed["low_stock_threshold"], changed["status"]) == (5, "low")
    assert (await desk.staff("PATCH", "/stock/TYPO", {"low_stock_threshold": 2})).status == 404


async def test_a_reservation_by_request_is_made_shown_and_ended(desk: Desk) -> None:
    await desk.stock(A=5)
    made = await hold(desk, A=3)
    view = made.json()
    assert (made.status, view["managed"], view["lines"]) == (201, False, [{"sku": "A", "quantity": 3}])
    assert await desk.counts("A") == (5, 3)
    path = f"/reservations/{view['id']}"
    assert (await desk.staff("GET", path)).json() == view
    assert (await desk.staff("DELETE", path)).status == 204
    assert (await desk.staff("DELETE", path)).status == 204
    assert await desk.counts("A") == (5, 0)
    assert (await desk.staff("GET", path)).json()["state"] == "released"
    await desk.assert_adds_up()


async def test_a_reservation_by_request_is_all_or_nothing(desk: Desk) -> None:
    await desk.stock(A=5, B=1)
    answer = await hold(desk, A=3, B=2, C=1)
    assert answer.status == 409
    assert answer.json()["missing"] == [
        {"sku": "B", "wanted": 2, "available": 1},
        {"sku": "C", "wanted": 1, "available": 0},
    ]
    assert await desk.counts("A") == (5, 0)


async def test_the_last_piece_is_held_or_sold_not_both(desk: Desk) -> None:
    await desk.stock(A=1)
    outcomes = await asyncio.gather(
        hold(desk, A=1), desk.read(order_created(new_id(), ("A", 1))), desk.adjust("A", -1), hold(desk, A=1)
    )
    held = sum(isinstance(outcome, Answer) and outcome.status in (200, 201) for outcome in outcomes)
    sold = sum(isinstance(outcome, list) and isinstance(outcome[0], StockReserved) for outcome in outcomes)
    refused = sum(isinstance(outcome, list) and isinstance(outcome[0], StockInsufficient) for outcome in outcomes)
    assert (held + sold, sold + refused) == (1, 1)
    await desk.assert_adds_up()


async def test_the_reservation_of_an_order_ends_with_the_order_only(desk: Desk) -> None:
    await desk.stock(A=5)
    order = new_id()
    await desk.read(order_created(order, ("A", 2)))
    answer = await desk.staff("DELETE", f"/reservations/{order}")
    assert (answer.status, answer.json()["type"]) == (409, "urn:comanda:problem:managed-reservation")
    assert await desk.counts("A") == (5, 2)
    view = (await desk.staff("GET", f"/reservations/{order}")).json()
    assert (view["managed"], view["state"]) == (True, "reserved")


@pytest.mark.parametrize("id", ["nonsense", "00000000-0000-0000-0000-000000000000"])
async def test_a_reservation_that_is_not_there_is_not_found(desk: Desk, id: str) -> None:
    assert (await desk.staff("GET", f"/reservations/{id}")).status == 404
    assert (await desk.staff("DELETE", f"/reservations/{id}")).status == 404


async def test_only_a_reservation_by_request_expires(desk: Desk) -> None:
    await desk.stock(A=5)
    order = new_id()
    long_ago = datetime.now(UTC) - timedelta(days=1)
    await desk.read(order_created(order, ("A", 2), reserved_until=long_ago))
    await hold(desk, A=1)
    await desk.rows("update holds set expires_at = $1 returning reservation_id", long_ago)
    async with desk.service.begin() as work:
        assert await release_expired(desk.service, work) == 1
    async with desk.service.begin() as work:
        assert await release_expired(desk.service, work) == 0
    assert await desk.counts("A") == (5, 2)
    await desk.assert_adds_up()


async def test_an_order_that_holds_goods_too_long_is_an_alert_until_it_ends(desk: Desk) -> None:
    await desk.stock(A=50)
    late, early = new_id(), new_id()
    moment = datetime.now(UTC) - timedelta(minutes=1)
    await desk.read(
        order_created(late, ("A", 2), reserved_until=moment),
        order_created(early, ("A", 2), reserved_until=datetime.now(UTC) + timedelta(hours=1)),
    )
    await look_for_overdue(desk)
    await look_for_overdue(desk)
    (alert,) = await alerts(desk)
    assert (alert["kind"], alert["order_id"]) == ("overdue", late)
    await desk.read(order_canceled(late))
    assert await alerts(desk) == []
    await look_for_overdue(desk)
    assert await desk.rows("select * from overdue") == []


async def test_alerts_come_in_pages_over_both_kinds(desk: Desk) -> None:
    await desk.stock(A=3, B=2, C=100)
    orders = [new_id() for _ in range(3)]
    moment = datetime.now(UTC) - timedelta(minutes=1)
    await desk.read(*(order_created(order, ("C", 1), reserved_until=moment) for order in orders))
    (await desk.adjust("B", -2)).checked()
    await look_for_overdue(desk)
    seen, cursor = [], None
    for _ in range(5):
        query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await desk.staff("GET", "/alerts", query=query)).checked().json()
        seen += [(item["kind"], item["order_id"] or item["sku"]) for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [*(("overdue", order) for order in orders), ("low", "A"), ("out", "B")]
    assert cursor is None


async def hold(desk: Desk, **pieces: int) -> Answer:
    """POST /reservations."""
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in pieces.items()]
    return await desk.staff("POST", "/reservations", {"lines": lines})


async def alerts(desk: Desk) -> list[dict[str, object]]:
    """GET /alerts."""
    found: list[dict[str, object]] = (await desk.staff("GET", "/alerts")).checked().json()["items"]
    return found


async def look_for_overdue(desk: Desk) -> None:
    """What the watch does every half minute."""
    async with desk.service.begin() as work:
        await find_overdue(work.connection, work.now)
