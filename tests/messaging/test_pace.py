"""How long the reader waits for more events before it opens the next window."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comanda.messaging.reader import ENOUGH_EVENTS, LINGER_S, LONE_EVENTS, Pace

SIZES = st.integers(LONE_EVENTS + 1, 100_000)
SECONDS = st.floats(0.001, 10.0)


@given(st.lists(st.tuples(SIZES, SECONDS), min_size=1, max_size=20))
def test_a_pause_is_never_negative_nor_longer_than_the_longest(windows: list[tuple[int, float]]) -> None:
    pace = Pace()
    for events, seconds in windows:
        assert 0 < pace.pause_s(events, seconds) <= LINGER_S


def test_few_events_make_nobody_wait_long() -> None:
    assert Pace().pause_s(LONE_EVENTS + 1, 1.0) < 0.01


def test_the_next_window_holds_enough_at_the_present_pace() -> None:
    pace = Pace()
    for _ in range(50):
        pause = pace.pause_s(800, 0.1)
    assert pause * 8_000 == pytest.approx(ENOUGH_EVENTS)


def test_windows_that_come_in_lumps_do_not_swing_the_pause() -> None:
    """Requests are committed in groups: a window may hold much, and the next one little."""
    pace = Pace()
    for _ in range(50):
        after_many, after_few = pace.pause_s(1_500, 0.1), pace.pause_s(100, 0.1)
    assert after_few < 2 * after_many
