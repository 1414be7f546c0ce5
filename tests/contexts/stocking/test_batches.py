"""Batches of events on the database: what is loaded, written, and met again."""

import asyncio
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comanda.contexts.cataloging.contract.events import ProductCreated
from comanda.contexts.stocking.contract.events import (
    StockCommitted,
    StockInsufficient,
    StockLow,
    StockReleased,
    StockReserved,
)
from comanda.contexts.stocking.errors import NothingReserved
from comanda.contexts.stocking.reactions import reactions
from comanda.contexts.stocking.shelf import Level
from comanda.contexts.stocking.working_set import StoredShelf
from comanda.kernel.event import Event
from comanda.kernel.ids import new_id
from comanda.kernel.money import Money
from tests.contexts.stocking.desk import Desk
from tests.contexts.stocking.facts import (
    came_back,
    order_canceled,
    order_confirmed,
    order_created,
    order_failed,
    recorded,
    refunded,
)
from tests.contexts.stocking.test_shelf import histories


async def test_an_order_is_reserved_and_taken(desk: Desk) -> None:
    await desk.stock(A=5, B=3)
    order = new_id()
    (news,) = await desk.read(order_created(order, ("A", 2), ("B", 1), ("A", 1)))
    assert isinstance(news, StockReserved)
    assert (await desk.counts("A"), await desk.counts("B")) == ((5, 3), (3, 1))
    assert await desk.read(order_confirmed(order)) == [StockCommitted(order_id=order)]
    assert (await desk.counts("A"), await desk.counts("B")) == ((2, 0), (2, 0))
    ledger = await desk.rows("select sku, delta, kind, order_id from movements where order_id = $1 order by sku", order)
    assert [(row["sku"], row["delta"], row["kind"]) for row in ledger] == [("A", -3, "sold"), ("B", -1, "sold")]
    await desk.assert_adds_up()


async def test_a_batch_holds_whole_lives_of_orders(desk: Desk) -> None:
    await desk.stock(A=3)
    one, two, three = new_id(), new_id(), new_id()
    news = await desk.read(
        order_created(one, ("A", 2)),
        order_created(two, ("A", 2)),
        order_confirmed(one),
        came_back(one, ("A", 1)),
        order_created(three, ("A", 2)),
        order_confirmed(three),
        order_canceled(three),
        order_failed(two),
    )
    assert [type(event) for event in news if not isinstance(event, StockLow)] == [
        StockReserved,
        StockInsufficient,
        StockCommitted,
        StockReserved,
        StockCommitted,
        StockReleased,
    ]
    assert await desk.counts("A") == (2, 0)
    await desk.assert_adds_up()


async def test_an_order_read_again_does_nothing(desk: Desk) -> None:
    await desk.stock(A=3)
    order = new_id()
    await desk.read(order_created(order, ("A", 2)))
    assert desk.reloads == 0
    assert await desk.read(order_created(order, ("A", 2))) == []
    assert desk.reloads == 1
    await desk.read(order_confirmed(order))
    assert await desk.read(order_confirmed(order), order_created(order, ("A", 2))) == []
    assert await desk.counts("A") == (1, 0)
    await desk.assert_adds_up()


async def test_a_tombstone_is_found_by_the_order_that_comes_later(desk: Desk) -> None:
    await desk.stock(A=3)
    order = new_id()
    assert await desk.read(order_canceled(order)) == []
    assert await desk.read(order_created(order, ("A", 2))) == []
    assert await desk.counts("A") == (3, 0)


async def test_what_came_back_waits_for_the_confirmation(desk: Desk) -> None:
    await desk.stock(A=9)
    order, undone = new_id(), new_id()
    await desk.read(refunded(order, ("A", 1)), refunded(undone, ("A", 1)))
    await desk.read(order_created(order, ("A", 3)), order_created(undone, ("A", 3)))
    await desk.read(came_back(order, ("A", 5)))
    assert await desk.counts("A") == (9, 6)
    await desk.read(order_confirmed(order), order_canceled(undone))
    assert await desk.counts("A") == (9, 0)
    await desk.read(came_back(order, ("A", 3), return_id="later"))
    assert await desk.counts("A") == (9, 0)
    await desk.assert_adds_up()


async def test_a_new_product_gets_its_place(desk: Desk) -> None:
    new = ProductCreated(sku="NEW", name="New", price=Money(1, "EUR"), tax_category="standard")
    assert await desk.read(new, new) == []
    assert await desk.counts("NEW") == (0, 0)


async def test_skus_of_any_spelling_are_kept(desk: Desk) -> None:
    skus = ['a"b', "c\\d", "e,f", "{g}", "h i", "ñ", "null", "ÿ'z"]
    await desk.stock(**dict.fromkeys(skus, 2))
    order = new_id()
    await desk.read(order_created(order, *((sku, 1) for sku in skus)))
    await desk.read(order_confirmed(order))
    held = await desk.rows("select skus from reservations where id = $1", order)
    assert held == [{"skus": skus}]
    await desk.assert_adds_up()


async def test_low_stock_is_told_once(desk: Desk) -> None:
    await desk.stock(A=8)
    news = await desk.read(*(order_created(new_id(), ("A", 1)) for _ in range(4)))
    assert [event for event in news if isinstance(event, StockLow)] == [
        StockLow(sku="A", level="low", available=4, threshold=5)
    ]
    news = await desk.read(order_created(new_id(), ("A", 1)))
    assert not [event for event in news if isinstance(event, StockLow)]


async def test_orders_and_counting_at_the_same_time_add_up(desk: Desk) -> None:
    await desk.stock(A=500, B=500)

    async def sell(turn: int) -> None:
        orders = [new_id() for _ in range(10)]
        lines = (("A", 1), ("B", 2)) if turn % 2 else (("B", 2), ("A", 1))
        await desk.read(*(order_created(order, *lines) for order in orders))
        await desk.read(*(order_confirmed(order) for order in orders))

    async def count(turn: int) -> None:
        (await desk.adjust("AB"[turn % 2], 3)).checked()

    await asyncio.gather(*(sell(turn) for turn in range(4)), *(count(turn) for turn in range(20)))
    assert await desk.counts("A") == (500 - 40 + 30, 0)
    assert await desk.counts("B") == (500 - 80 + 30, 0)
    await desk.assert_adds_up()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(events=histories(), cuts=st.lists(st.integers(0, 40), max_size=6))
async def test_batches_of_any_size_end_like_one_event_after_another(
    desk: Desk, events: list[Event], cuts: list[int]
) -> None:
    """The database tells the same story as the pure rules, wherever the batches are cut."""
    prefix = new_id()[:-4]
    skus = {letter: f"{letter}-{prefix}" for letter in "ABC"}
    await desk.stock(**dict.fromkeys(skus.values(), 6))
    pure = StoredShelf(Level(sku, 6, 0, 5) for sku in skus.values())
    kept = []
    for event in [renamed(event, prefix, skus) for event in events]:
        try:
            list(reactions.react(recorded(event), pure))
        except NothingReserved:
            continue
        kept.append(event)
    bounds = sorted({0, len(kept), *(cut for cut in cuts if cut < len(kept))})
    for start, end in pairwise(bounds):
        await desk.read(*kept[start:end])
    for sku, level in pure.levels.items():
        assert await desk.counts(sku) == (level.on_hand, level.reserved)
    stored = await desk.rows("select id, state from reservations where id = any ($1::uuid[])", list(pure.reservations))
    assert {row["id"]: row["state"] for row in stored} == {id: r.state for id, r in pure.reservations.items()}
    await desk.assert_adds_up()


def renamed(event: Event, prefix: str, skus: dict[str, str]) -> Event:
    """The same fact about an order and products of its own, so that the examples of a test do not meet."""
    order_id = prefix + event.subject[1:].zfill(4)
    lines = [(skus[piece.sku], piece.quantity) for piece in getattr(event, "restock", getattr(event, "lines", []))]
    match type(event).__name__:
        case "OrderCreated":
            return order_created(order_id, *lines)
        case "OrderConfirmed":
            return order_confirmed(order_id, *lines)
        case "PaymentRefunded":
            return refunded(order_id, *lines, refund_id=event.refund_id)  # type: ignore[attr-defined]
        case "ReturnReceived":
            return came_back(order_id, *lines, return_id=event.return_id)  # type: ignore[attr-defined]
        case "OrderCanceled":
            return order_canceled(order_id)
        case _:
            return order_failed(order_id)
