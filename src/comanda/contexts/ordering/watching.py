"""Orders that somebody watches: their changes are told as they are committed.

One reader for all watchers of the process. The consumer and the API say which orders they have changed; after their
commit the reader looks once for all the orders that are watched and changed. A slow look at all of them finds what
another process has changed. Without watchers nothing is read.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import structlog

from comanda.contexts.ordering import timeline
from comanda.contexts.ordering.timeline import AnsweredEntry
from comanda.messaging.service import Service
from comanda.platform.database import is_transient

LOOK_S = 1.0
"""How long the change of another process may go unseen."""

MOST_WAITING = 1_000
"""So many entries may wait for a slow client; then it is let go, and comes back for the rest."""

_logger = structlog.get_logger(__name__)


class TooSlow(Exception):
    """The watcher does not keep up."""


class Watcher:
    """Somebody who watches one order, and has seen it up to an entry."""

    def __init__(self, order_id: str, seen: int) -> None:
        self.order_id = order_id
        self.seen = seen
        self._entries: asyncio.Queue[AnsweredEntry | None] = asyncio.Queue(MOST_WAITING)
        self._overrun = False

    def offer(self, entry: AnsweredEntry) -> None:
        """Hand over an entry that this watcher has not seen."""
        if entry.entry <= self.seen or self._overrun:
            return
        self.seen = entry.entry
        try:
            self._entries.put_nowait(entry)
        except asyncio.QueueFull:
            self._overrun = True

    def end(self) -> None:
        """There will be nothing more: the service stops."""
        if not self._entries.full():
            self._entries.put_nowait(None)

    async def next(self) -> AnsweredEntry | None:
        """The next entry; None when there will be none. Raises TooSlow when entries had to be dropped."""
        if self._overrun and self._entries.empty():
            raise TooSlow
        return await self._entries.get()


class OrderWatch:
    """All watchers of this process."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._watchers: dict[str, set[Watcher]] = {}
        self._changing: set[str] = set()
        self._changed: set[str] = set()
        self._look = asyncio.Event()

    def changing(self, order_ids: Iterable[str]) -> None:
        """The consumer changes these orders in a transaction that has not been committed yet."""
        if self._watchers:
            self._changing.update(order_id for order_id in order_ids if order_id in self._watchers)

    def committed(self) -> None:
        """The consumer's transaction has been committed."""
        if self._changing:
            self.changed(self._changing)
            self._changing.clear()

    def changed(self, order_ids: Iterable[str]) -> None:
        """These orders have been changed, and what changed can be read."""
        self._changed.update(order_id for order_id in order_ids if order_id in self._watchers)
        if self._changed:
            self._look.set()

    @asynccontextmanager
    async def watching(self, order_id: str, seen: int) -> AsyncIterator[Watcher]:
        """Watch an order from an entry on, for as long as the block runs."""
        watcher = Watcher(order_id, seen)
        self._watchers.setdefault(order_id, set()).add(watcher)
        self.changed([order_id])
        try:
            yield watcher
        finally:
            self._watchers[order_id].discard(watcher)
            if not self._watchers[order_id]:
                del self._watchers[order_id]

    async def run(self) -> None:
        """Tell the watchers, until the service stops."""
        waker = asyncio.create_task(self._wake_when_stopping())
        try:
            await self._watch()
        finally:
            waker.cancel()
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.end()

    async def _wake_when_stopping(self) -> None:
        await self._service.stopping.wait()
        self._look.set()

    async def _watch(self) -> None:
        while not self._service.stopping.is_set():
            try:
                await asyncio.wait_for(self._look.wait(), LOOK_S)
            except TimeoutError:
                self._changed.update(self._watchers)
            self._look.clear()
            try:
                await self._tell()
            except Exception as error:
                if not is_transient(error):
                    raise
                _logger.warning("ordering.watch_tried_again", error=str(error))

    async def _tell(self) -> None:
        changed, self._changed = self._changed, set()
        watched = {
            order_id: min(watcher.seen for watcher in self._watchers[order_id])
            for order_id in changed
            if order_id in self._watchers
        }
        if not watched:
            return
        async with self._service.database.acquire() as connection:
            entries = await timeline.since(connection, watched)
        for entry in entries:
            for watcher in self._watchers.get(entry.order_id, ()):
                watcher.offer(entry)


async def watch_orders(service: Service) -> None:
    """The background task of the service's watch."""
    watch: OrderWatch = service.state["watch"]
    await watch.run()
