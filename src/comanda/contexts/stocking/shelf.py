"""The shelf: levels and reservations, and the rules of taking from it and putting back. Pure.

Never less than nothing is available; an order gets every line or none; what one order gives back is never more than
it took, whoever gives it back and in whatever order that is told.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from comanda.contexts.stocking.contract.events import Missing, StockLow, StockReplenished
from comanda.contexts.stocking.errors import BelowReserved, TooMuch
from comanda.kernel.event import Event
from comanda.messaging.recorded import Recorded

AWAITED = "awaited"
RESERVED = "reserved"
INSUFFICIENT = "insufficient"
COMMITTED = "committed"
RELEASED = "released"

MOST_ON_HAND = 1_000_000_000


class Level:
    """How much there is of a product. `free` is what may still be promised; `threshold` is the low-stock mark."""

    __slots__ = ("on_hand", "reserved", "sku", "threshold", "was_free")

    def __init__(self, sku: str, on_hand: int, reserved: int, threshold: int) -> None:
        self.sku = sku
        self.on_hand = on_hand
        self.reserved = reserved
        self.threshold = threshold
        self.was_free = on_hand - reserved

    @property
    def free(self) -> int:
        """On hand and not reserved."""
        return self.on_hand - self.reserved


class Reservation:
    """What an order wants, has set aside or has taken. `loaded` is the state it was loaded in, None for a new one.

    `returns` holds what was given back, by what said so (a refund's or a return's id).
    """

    __slots__ = ("expires_at", "had_returns", "has_returns", "held_by", "id", "loaded", "pieces", "returns", "state")

    def __init__(
        self,
        id: str,
        state: str,
        pieces: Mapping[str, int],
        *,
        expires_at: datetime | None = None,
        held_by: str | None = None,
        loaded: str | None = None,
        has_returns: bool = False,
    ) -> None:
        self.id = id
        self.state = state
        self.pieces = pieces
        self.expires_at = expires_at
        self.held_by = held_by
        self.loaded = loaded
        self.has_returns = self.had_returns = has_returns
        self.returns: dict[str, dict[str, int]] = {}

    @property
    def newly_committed(self) -> bool:
        """Whether its pieces left the stock since it was loaded."""
        return self.state == COMMITTED and self.loaded != COMMITTED

    def back(self, sku: str) -> int:
        """How many pieces of a product are back on the shelf, of those the order took."""
        given_back = sum(pieces.get(sku, 0) for pieces in self.returns.values())
        return min(given_back, self.pieces.get(sku, 0))


class Movement(msgspec.Struct, frozen=True, gc=False):
    """A line of the ledger: pieces that came (positive) or went."""

    sku: str
    delta: int
    kind: str
    order_id: str | None = None
    reason: str | None = None


class Shelf:
    """The levels and reservations that a batch of events, or one request, is about.

    Everything that changes is remembered, to be written once. The sales of what ends committed are not among the
    `movements`: the statement that commits reservations writes them.
    """

    def __init__(self, levels: Iterable[Level] = (), reservations: Iterable[Reservation] = ()) -> None:
        self.levels = {level.sku: level for level in levels}
        self.reservations = {reservation.id: reservation for reservation in reservations}
        self.moved: set[str] = set()
        self.touched: dict[str, Reservation] = {}
        self.movements: list[Movement] = []
        self.given_back: list[tuple[str, str, str, int]] = []
        self.new_products: list[str] = []
        self.cause: Recorded

    def missing(self, pieces: Mapping[str, int]) -> list[Missing]:
        """The products of which there is less than wanted; one that is unknown has nothing available."""
        short: list[Missing] = []
        for sku, wanted in pieces.items():
            level = self.levels.get(sku)
            free = 0 if level is None else level.on_hand - level.reserved
            if wanted > free:
                short.append(Missing(sku=sku, wanted=wanted, available=free))
        return short

    def reserve(
        self, id: str, pieces: Mapping[str, int], expires_at: datetime | None, held_by: str | None = None
    ) -> None:
        """Set all of it aside. Only after `missing` has found nothing."""
        levels, moved = self.levels, self.moved
        for sku, quantity in pieces.items():
            levels[sku].reserved += quantity
            moved.add(sku)
        self._put(id, RESERVED, pieces, expires_at, held_by)

    def refuse(self, id: str, pieces: Mapping[str, int]) -> None:
        """Remember that not all of it was there, so that the order is not tried again."""
        self._put(id, INSUFFICIENT, pieces, None, None)

    def commit(self, reservation: Reservation) -> None:
        """Take what is set aside off the shelf for good; what was given back meanwhile goes back now."""
        for sku, quantity in reservation.pieces.items():
            level = self.levels[sku]
            level.reserved -= quantity
            level.on_hand -= quantity
            self.moved.add(sku)
        self._turn(reservation, COMMITTED)
        if reservation.has_returns:
            for sku in reservation.pieces:
                self._put_back(reservation, sku, reservation.back(sku), "returned")

    def undo(self, id: str) -> bool:
        """Give up all an order has, and whatever it may still ask for. False when it had nothing."""
        reservation = self.reservations.get(id)
        if reservation is None:
            self._put(id, RELEASED, {}, None, None)
            return False
        state = reservation.state
        if state == RESERVED:
            for sku, quantity in reservation.pieces.items():
                self.levels[sku].reserved -= quantity
                self.moved.add(sku)
        elif state == COMMITTED:
            for sku, quantity in reservation.pieces.items():
                if reservation.newly_committed:
                    self.movements.append(Movement(sku, -quantity, "sold", id))
                self._put_back(reservation, sku, quantity - reservation.back(sku), "undone")
        if state in (RESERVED, COMMITTED, AWAITED):
            self._turn(reservation, RELEASED)
        return state in (RESERVED, COMMITTED)

    def give_back(self, id: str, cause: str, pieces: Mapping[str, int]) -> None:
        """Pieces of an order are back and may be sold again. What comes before the commit waits for it.

        The same cause again changes nothing; nothing goes back for an order that was undone or refused.
        """
        reservation = self.reservations.get(id)
        if reservation is None:
            reservation = self._put(id, AWAITED, {}, None, None)
        if cause in reservation.returns or reservation.state in (RELEASED, INSUFFICIENT):
            return
        before = {sku: reservation.back(sku) for sku in pieces}
        reservation.returns[cause] = dict(pieces)
        self.given_back.extend((id, cause, sku, quantity) for sku, quantity in pieces.items())
        if not reservation.has_returns:
            reservation.has_returns = True
            self.touched[id] = reservation
        if reservation.state == COMMITTED:
            for sku, already in before.items():
                self._put_back(reservation, sku, reservation.back(sku) - already, "returned")

    def adjust(self, sku: str, delta: int, reason: str) -> None:
        """Count pieces in or out. Raises BelowReserved when promised pieces would be gone, TooMuch beyond the limit."""
        level = self.levels[sku]
        if level.on_hand + delta < level.reserved:
            raise BelowReserved(level.sku, level.on_hand, level.reserved, delta)
        if level.on_hand + delta > MOST_ON_HAND:
            raise TooMuch(level.sku, MOST_ON_HAND)
        if delta:
            level.on_hand += delta
            self.moved.add(sku)
            self.movements.append(Movement(sku, delta, "adjusted", reason=reason))

    def crossings(self) -> Iterator[Event]:
        """What the changes mean for the low-stock marks, all in all: a dip that is over again says nothing."""
        for sku in sorted(self.moved):
            level = self.levels[sku]
            before, after, mark = level.was_free, level.on_hand - level.reserved, level.threshold
            if after > mark:
                if before <= mark:
                    yield StockReplenished(sku=sku, available=after)
            elif after == 0 < before:
                yield StockLow(sku=sku, level="out", available=0, threshold=mark)
            elif before > mark:
                yield StockLow(sku=sku, level="low", available=after, threshold=mark)

    def _put(
        self, id: str, state: str, pieces: Mapping[str, int], expires_at: datetime | None, held_by: str | None
    ) -> Reservation:
        reservation = self.reservations.get(id)
        if reservation is None:
            reservation = Reservation(id, state, pieces, expires_at=expires_at, held_by=held_by)
            self.reservations[id] = reservation
        else:
            reservation.state = state
            reservation.pieces = pieces
            reservation.expires_at = expires_at
        self.touched[id] = reservation
        return reservation

    def _turn(self, reservation: Reservation, state: str) -> None:
        reservation.state = state
        self.touched[reservation.id] = reservation

    def _put_back(self, reservation: Reservation, sku: str, quantity: int, kind: str) -> None:
        if quantity > 0:
            self.levels[sku].on_hand += quantity
            self.moved.add(sku)
            self.movements.append(Movement(sku, quantity, kind, reservation.id))


def summed(lines: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Pieces by product: two lines of the same product want the sum."""
    pieces: dict[str, int] = {}
    for sku, quantity in lines:
        pieces[sku] = pieces.get(sku, 0) + quantity
    return pieces
