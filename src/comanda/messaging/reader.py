"""One reader a process: opens each window of the log once, decodes each event once, hands it to every consumer.

The reader never waits for anyone: a consumer whose queue overflows is detached and catches up by itself. A lost
connection ends all that was read with it, because after a crash PostgreSQL gives out again the transaction ids of
commits it rolled back, and a remembered snapshot would skip them.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

import asyncpg
import structlog

from comanda.messaging import log
from comanda.messaging.recorded import Recorded, Window, name_of
from comanda.platform.database import is_statement_timeout, is_transient

FEED_EVENTS = 20_000
FEED_WINDOWS = 2_000
POLL_S = 1.0
PATIENCE_S = 1.0

LINGER_S = 0.12
LINGER_S_AN_EVENT = 0.004
LONE_EVENTS = 5
ENOUGH_EVENTS = 350
MEMORY = 0.9
"""Under load a window is followed by a pause, so that the next one holds more: larger batches cost every consumer,
and PostgreSQL, less an order. What a lone order publishes at once makes nobody wait; the more a window held, the
longer the pause, but never longer than until the next one will hold enough, at the pace of the last ten or so.
"""

_logger = structlog.get_logger(__name__)

Connect = Callable[[], Awaitable[asyncpg.Connection]]


class ReaderAway(ConnectionError):
    """The reader has lost its connection and is about to get another: a consumer waits and begins anew."""


FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 2.0
"""How long one waits after a lost connection, the first time and after many losses in a row without any progress."""


class Feed:
    """What the reader has handed to one consumer and the consumer has not worked off: whole windows, bounded."""

    def __init__(self, name: str, types: Iterable[str]) -> None:
        self.name = name
        self.types = frozenset(types)
        self._names = frozenset(name_of(name) for name in self.types)
        self.attached = False
        self.events = 0
        self.passed: tuple[str, int] | None = None
        self._windows: deque[Window] = deque()
        self._arrived = asyncio.Event()

    def wanted(self, events: Iterable[Recorded]) -> list[Recorded]:
        """Those events whose type the consumer asked for; of unknown versions, whose name."""
        types, names = self.types, self._names
        return [one for one in events if one.type in types or (one.unknown and name_of(one.type) in names)]

    def offer(self, window: Window, events: list[Recorded] | None) -> bool:
        """Take a window with the events asked for; False when the queue is full. Empty windows are merged."""
        if events is not None and not events:
            self._pass(window)
            return True
        if len(self._windows) >= FEED_WINDOWS or self.events + len(events or ()) > FEED_EVENTS:
            return False
        mine = None if events is None else tuple(events)
        size = len(events) if events is not None else window.size
        self._windows.append(Window(window.seen, window.upto, window.low, window.high, mine, size))
        self.events += size
        self.passed = None
        self._arrived.set()
        return True

    def _pass(self, window: Window) -> None:
        if not self._windows:
            self.passed = (window.upto, window.high)
        elif self._windows[-1].events is not None:
            last = self._windows[-1]
            self._windows[-1] = Window(last.seen, window.upto, last.low, window.high, last.events, last.size)
        else:
            self._windows.append(Window(window.seen, window.upto, window.low, window.high, (), 0))

    def take(self, limit: int) -> list[Window]:
        """The next whole windows, until they hold `limit` events; a large one comes alone."""
        taken: list[Window] = []
        size = 0
        while self._windows and (not taken or (size < limit and self._windows[0].events is not None)):
            window = self._windows.popleft()
            taken.append(window)
            size += window.size
            if window.events is None:
                break
        self.events -= size
        if not self._windows:
            self._arrived.clear()
        return taken

    def end(self) -> None:
        """The reader hands out nothing more; what is queued stays good."""
        self.attached = False
        self._arrived.set()

    def drop(self) -> None:
        """What is queued may not be used: it was read with a connection that is gone."""
        self._windows.clear()
        self.events = 0
        self.passed = None
        self.end()

    async def wait(self, timeout_s: float) -> bool:
        """Whether something arrived, or the feed ended, within the time."""
        try:
            await asyncio.wait_for(self._arrived.wait(), timeout_s)
        except TimeoutError:
            return False
        return True


class Pace:
    """How fast events are published of late, and so how long the reader waits for more."""

    def __init__(self) -> None:
        self._events = 0.0
        self._seconds = 0.0

    def pause_s(self, events: int, seconds: float) -> float:
        """How long to wait after a window of so many events, published within so many seconds."""
        self._events = self._events * MEMORY + events
        self._seconds = self._seconds * MEMORY + seconds
        until_enough = ENOUGH_EVENTS * self._seconds / self._events
        return min(LINGER_S, (events - LONE_EVENTS) * LINGER_S_AN_EVENT, until_enough)


class Reader:
    """Reads the log of one database for all consumers of the process."""

    def __init__(self, connect: Connect, *, poll_s: float = POLL_S) -> None:
        self.era = 0
        self.boundary: str | None = None
        self._connect = connect
        self._poll_s = poll_s
        self._connection: asyncpg.Connection | None = None
        self._using = asyncio.Lock()
        self._wake = asyncio.Event()
        self._connected = asyncio.Event()
        self._feeds: list[Feed] = []
        self._types: set[str] = set()
        self._stopping = False

    def register(self, types: Iterable[str]) -> None:
        """Ask for type names, before the reader runs: they are decoded whoever is attached."""
        self._types.update(types)

    def wake(self) -> None:
        """Something was committed."""
        self._wake.set()

    def suspect(self) -> None:
        """A consumer lost its connection: nothing that was read before may be trusted."""
        if self._connection is not None:
            self._connection.terminate()
        self._wake.set()

    def attach(self, feed: Feed) -> str:
        """Hand out every window after the boundary from now on; answers the boundary. In one step, no await."""
        if self.boundary is None:
            raise ReaderAway
        feed.drop()
        feed.attached = True
        if feed not in self._feeds:
            self._feeds.append(feed)
        return self.boundary

    def detach(self, feed: Feed) -> None:
        """Hand out nothing more to this consumer."""
        if feed in self._feeds:
            self._feeds.remove(feed)
        feed.end()

    async def fresh_boundary(self) -> str:
        """The boundary, after reading what is there: whatever was committed before the call, it has seen.

        So no cursor that was loaded before is ahead of it, although another process, whose reader was faster, moved
        that cursor: from an older boundary on, its events would be handed out once more. That the reading succeeds
        also proves the connection alive.
        Raises ReaderAway when there is none for a while, so that whoever asks may stop instead of waiting.
        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._connected.wait()
        except TimeoutError:
            raise ReaderAway from None
        try:
            await self._read_window()
        except Exception as error:
            if not passes(error):
                raise
            self.suspect()
            raise ReaderAway from error
        if self.boundary is None:
            raise ReaderAway
        return self.boundary

    async def run(self) -> None:
        """Read until stopped; survives lost connections."""
        pause_s = FIRST_PAUSE_S
        while not self._stopping:
            try:
                await self._follow()
            except Exception as error:
                if not passes(error):
                    raise
                _logger.warning("reader.connection_lost", error=str(error))
                if self.boundary is not None:
                    pause_s = FIRST_PAUSE_S
            finally:
                await self._let_go()
            if not self._stopping:
                await asyncio.sleep(pause_s)
                pause_s = min(LONGEST_PAUSE_S, pause_s * 2)

    async def stop(self) -> None:
        """End after the present window."""
        self._stopping = True
        self._wake.set()

    async def _follow(self) -> None:
        self._connection = await self._connect()
        self.era = await self._connection.fetchval("select max(era) from messaging.eras")
        self.boundary = await log.current_snapshot(self._connection)
        self._connected.set()
        clock = asyncio.get_running_loop().time
        pace, read = Pace(), clock()
        while not self._stopping:
            self._wake.clear()
            size = await self._read_window()
            before, read = read, clock()
            if size > LONE_EVENTS:
                await asyncio.sleep(pace.pause_s(size, read - before))
            if size:
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._poll_s)

    async def _read_window(self) -> int:
        async with self._using:
            connection = self._connection
            if connection is None or self.boundary is None:
                raise ReaderAway
            window = await log.open_window(connection, self.boundary, self.era, list(self._types))
            if connection is not self._connection:
                raise ReaderAway
            if window is None:
                return 0
            self.boundary = window.upto
            self._hand_out(window)
            return window.size

    def _hand_out(self, window: Window) -> None:
        for feed in list(self._feeds):
            events = None if window.events is None else feed.wanted(window.events)
            if not feed.offer(window, events):
                _logger.warning("reader.detached", consumer=feed.name)
                self.detach(feed)

    async def _let_go(self) -> None:
        self._connected.clear()
        self.boundary = None
        for feed in self._feeds:
            feed.drop()
        self._feeds.clear()
        if self._connection is not None:
            connection, self._connection = self._connection, None
            if not connection.is_closed():
                connection.terminate()


def passes(error: Exception) -> bool:
    """Whether reading may well succeed another time: a machine that stood still also makes it take too long."""
    return is_transient(error) or is_statement_timeout(error)
