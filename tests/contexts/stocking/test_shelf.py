"""The rules of the shelf, without a database."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comanda.contexts.stocking.contract.events import (
    Missing,
    StockCommitted,
    StockInsufficient,
    StockLow,
    StockReleased,
    StockReplenished,
    StockReserved,
)
from comanda.contexts.stocking.errors import BelowReserved, NothingReserved
from comanda.contexts.stocking.reactions import reactions
from comanda.contexts.stocking.shelf import Level
from comanda.contexts.stocking.working_set import StoredShelf
from comanda.kernel.event import Event
from tests.contexts.stocking.facts import (
    came_back,
    order_canceled,
    order_confirmed,
    order_created,
    order_failed,
    recorded,
    refunded,
)


def shelf_of(threshold: int = 0, **on_hand: int) -> StoredShelf:
    """A shelf with these pieces on it."""
    return StoredShelf(Level(sku, pieces, 0, threshold) for sku, pieces in on_hand.items())


def read(shelf: StoredShelf, *events: Event) -> list[Event]:
    """What the reactions publish."""
    return [news for event in events for news in reactions.react(recorded(event), shelf)]


def counts(shelf: StoredShelf, sku: str) -> tuple[int, int]:
    """On hand and reserved."""
    return shelf.levels[sku].on_hand, shelf.levels[sku].reserved


def test_every_line_is_reserved_and_then_taken() -> None:
    shelf = shelf_of(A=5, B=1)
    order = order_created("o", ("A", 2), ("B", 1))
    assert read(shelf, order) == [StockReserved(order_id="o", expires_at=order.reserved_until)]
    assert (counts(shelf, "A"), counts(shelf, "B")) == ((5, 2), (1, 1))
    assert read(shelf, order_confirmed("o")) == [StockCommitted(order_id="o")]
    assert (counts(shelf, "A"), counts(shelf, "B")) == ((3, 0), (0, 0))


def test_an_order_gets_nothing_when_one_line_is_missing() -> None:
    shelf = shelf_of(A=5, B=1)
    (news,) = read(shelf, order_created("o", ("A", 2), ("B", 2), ("C", 1)))
    missing = [Missing(sku="B", wanted=2, available=1), Missing(sku="C", wanted=1, available=0)]
    assert news == StockInsufficient(order_id="o", missing=missing)
    assert (counts(shelf, "A"), counts(shelf, "B")) == ((5, 0), (1, 0))


def test_two_lines_of_one_product_want_the_sum() -> None:
    shelf = shelf_of(A=3)
    (news,) = read(shelf, order_created("o", ("A", 2), ("A", 2)))
    assert news == StockInsufficient(order_id="o", missing=[Missing(sku="A", wanted=4, available=3)])


def test_last_item_goes_to_one_buyer() -> None:
    shelf = shelf_of(A=1)
    news = read(shelf, *(order_created(f"o{n}", ("A", 1)) for n in range(1_000)))
    assert [type(event) for event in news] == [StockReserved] + [StockInsufficient] * 999


def test_an_order_is_tried_once() -> None:
    shelf = shelf_of(A=1)
    assert len(read(shelf, order_created("o", ("A", 2)), order_created("p", ("A", 1)))) == 2
    read(shelf, order_canceled("p"))
    assert read(shelf, order_created("o", ("A", 2)), order_created("p", ("A", 1))) == []
    assert counts(shelf, "A") == (1, 0)


def test_the_same_confirmation_again_takes_nothing() -> None:
    shelf = shelf_of(A=5)
    read(shelf, order_created("o", ("A", 2)), order_confirmed("o"))
    assert read(shelf, order_confirmed("o")) == []
    assert counts(shelf, "A") == (3, 0)


@pytest.mark.parametrize("undo", [order_canceled, order_failed])
def test_an_undone_reservation_is_free_again(undo: type[Event]) -> None:
    shelf = shelf_of(A=5)
    read(shelf, order_created("o", ("A", 2)))
    assert read(shelf, undo("o")) == [StockReleased(order_id="o")]
    assert counts(shelf, "A") == (5, 0)
    assert read(shelf, undo("o"), order_confirmed("o"), order_created("o", ("A", 2))) == []
    assert counts(shelf, "A") == (5, 0)


def test_undoing_a_confirmed_order_puts_its_pieces_back() -> None:
    shelf = shelf_of(A=5)
    read(shelf, order_created("o", ("A", 2)), order_confirmed("o"))
    assert read(shelf, order_canceled("o")) == [StockReleased(order_id="o")]
    assert counts(shelf, "A") == (5, 0)


def test_an_undo_before_its_order_leaves_a_tombstone() -> None:
    shelf = shelf_of(A=5)
    assert read(shelf, order_canceled("o"), order_created("o", ("A", 2))) == []
    assert counts(shelf, "A") == (5, 0)


def test_undoing_what_was_refused_says_nothing() -> None:
    shelf = shelf_of(A=1)
    read(shelf, order_created("o", ("A", 2)))
    assert read(shelf, order_failed("o")) == []


def test_a_confirmation_without_a_reservation_is_an_error() -> None:
    with pytest.raises(NothingReserved):
        read(shelf_of(A=1), order_confirmed("o"))


def test_never_more_goes_back_than_was_taken() -> None:
    shelf = shelf_of(A=5)
    read(shelf, order_created("o", ("A", 3)), order_confirmed("o"))
    read(shelf, refunded("o", ("A", 2)))
    assert counts(shelf, "A") == (4, 0)
    read(shelf, came_back("o", ("A", 2)), came_back("o", ("B", 9), return_id="other"))
    assert counts(shelf, "A") == (5, 0)
    read(shelf, order_canceled("o"), came_back("o", ("A", 1), return_id="late"))
    assert counts(shelf, "A") == (5, 0)


def test_the_same_return_again_puts_nothing_back() -> None:
    shelf = shelf_of(A=5)
    read(shelf, order_created("o", ("A", 3)), order_confirmed("o"))
    read(shelf, came_back("o", ("A", 1)), came_back("o", ("A", 1)))
    assert counts(shelf, "A") == (3, 0)


def test_what_comes_back_before_the_confirmation_waits_for_it() -> None:
    shelf = shelf_of(A=5)
    read(shelf, refunded("o", ("A", 1)), order_created("o", ("A", 3)))
    assert counts(shelf, "A") == (5, 3)
    read(shelf, order_confirmed("o"))
    assert counts(shelf, "A") == (3, 0)


def test_what_waits_is_dropped_when_the_order_is_undone_first() -> None:
    shelf = shelf_of(A=5)
    read(shelf, order_created("o", ("A", 3)), came_back("o", ("A", 1)), order_failed("o"))
    assert counts(shelf, "A") == (5, 0)


def test_an_adjustment_leaves_what_is_promised() -> None:
    shelf = shelf_of(A=5)
    read(shelf, order_created("o", ("A", 3)))
    shelf.adjust("A", -2, "damaged")
    with pytest.raises(BelowReserved):
        shelf.adjust("A", -1, "damaged")
    assert counts(shelf, "A") == (3, 3)


@pytest.mark.parametrize(
    ("before", "delta", "news"),
    [
        (10, -7, [StockLow(sku="A", level="low", available=3, threshold=3)]),
        (10, -10, [StockLow(sku="A", level="out", available=0, threshold=3)]),
        (2, -2, [StockLow(sku="A", level="out", available=0, threshold=3)]),
        (3, -1, []),
        (0, 2, []),
        (0, 4, [StockReplenished(sku="A", available=4)]),
        (10, -1, []),
    ],
)
def test_crossing_the_low_stock_mark_is_told(before: int, delta: int, news: list[Event]) -> None:
    shelf = shelf_of(threshold=3, A=before)
    shelf.adjust("A", delta, "counted")
    assert list(shelf.crossings()) == news


def test_a_dip_that_is_over_within_a_batch_says_nothing() -> None:
    shelf = shelf_of(threshold=3, A=5)
    read(shelf, order_created("o", ("A", 5)), order_canceled("o"))
    assert list(shelf.crossings()) == []


# One order's events from ordering keep their order; paying's and shipping's come at any point between them.

SKUS = st.sampled_from(["A", "B", "C"])
LINES = st.lists(st.tuples(SKUS, st.integers(1, 4)), min_size=1, max_size=4)


@st.composite
def life_of(draw: st.DrawFn, order_id: str) -> list[Event]:
    """One order's events, in one of the orders in which they may arrive, some of them twice."""
    lines = draw(LINES)
    ordering: list[Event] = [order_created(order_id, *lines)]
    if draw(st.booleans()):
        ordering.append(order_confirmed(order_id, *lines))
    if draw(st.booleans()):
        ordering.append(draw(st.sampled_from([order_canceled, order_failed]))(order_id))
    others: list[Event] = [
        draw(
            st.sampled_from(
                [refunded(order_id, *back, refund_id=f"r{n}"), came_back(order_id, *back, return_id=f"b{n}")]
            )
        )
        for n, back in enumerate(draw(st.lists(LINES, max_size=3)))
    ]
    repeated = [event for event in ordering for _ in range(draw(st.integers(1, 2)))]
    return draw(merged(repeated, others + others[: draw(st.integers(0, len(others)))]))


@st.composite
def merged(draw: st.DrawFn, *streams: Sequence[Event]) -> list[Event]:
    """The streams shuffled into one; each keeps its own order."""
    turns = draw(st.permutations([index for index, stream in enumerate(streams) for _ in stream]))
    left = [iter(stream) for stream in streams]
    return [next(left[turn]) for turn in turns]


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Several orders at once."""
    return draw(merged(*[draw(life_of(f"o{n}")) for n in range(draw(st.integers(1, 5)))]))


def survivors(events: Sequence[Event], shelf: StoredShelf) -> Iterator[Event]:
    """What is published; a confirmation of nothing parks, as in the consumer."""
    for event in events:
        try:
            yield from read(shelf, event)
        except NothingReserved:
            continue


@settings(max_examples=200, deadline=None)
@given(histories(), st.fixed_dictionaries({sku: st.integers(0, 8) for sku in "ABC"}))
def test_shelf_adds_up_in_every_order_of_arrival(events: list[Event], on_hand: dict[str, int]) -> None:
    shelf = shelf_of(**on_hand)
    answers: defaultdict[str, list[Event]] = defaultdict(list)
    for event in survivors(events, shelf):
        answers[event.subject].append(event)
    for sku, level in shelf.levels.items():
        open_pieces = sum(r.pieces.get(sku, 0) for r in shelf.reservations.values() if r.state == "reserved")
        sold = sum(r.pieces.get(sku, 0) for r in shelf.reservations.values() if r.state == "committed")
        back = sum(r.back(sku) for r in shelf.reservations.values() if r.state == "committed")
        assert level.reserved == open_pieces
        assert level.on_hand == on_hand[sku] - sold + back
        assert 0 <= level.reserved <= level.on_hand
        newly_sold = sum(r.pieces.get(sku, 0) for r in shelf.reservations.values() if r.newly_committed)
        ledger = sum(movement.delta for movement in shelf.movements if movement.sku == sku) - newly_sold
        assert level.on_hand == on_hand[sku] + ledger
    for order_id, news in answers.items():
        names = [type(event) for event in news]
        assert len(names) == len(set(names)), f"{order_id} was told something twice: {names}"


@settings(max_examples=200, deadline=None)
@given(histories(), st.fixed_dictionaries({sku: st.integers(0, 8) for sku in "ABC"}))
def test_an_order_has_all_its_lines_or_none(events: list[Event], on_hand: dict[str, int]) -> None:
    shelf = shelf_of(**on_hand)
    wanted: dict[str, dict[str, int]] = {}
    for event in events:
        if event.TYPE.endswith("OrderCreated.v1"):
            sums: defaultdict[str, int] = defaultdict(int)
            for line in event.lines:  # type: ignore[attr-defined]
                sums[line.sku] += line.quantity
            wanted[event.subject] = dict(sums)
    list(survivors(events, shelf))
    for id, reservation in shelf.reservations.items():
        if reservation.state in ("reserved", "committed"):
            assert reservation.pieces == wanted[id]
