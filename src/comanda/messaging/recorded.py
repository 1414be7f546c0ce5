"""An event on its way into the log, and as read from it."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from comanda.kernel.event import Event


class Outgoing(msgspec.Struct, gc=False):
    """An event to be written, with the trace it belongs to and who caused it (none: the system itself)."""

    event: Event
    trace: str
    actor: str | None


class Recorded(msgspec.Struct, frozen=True):
    """An event as it stands in the log. `event` is None when it could not be decoded; `problem` then says why.

    `unknown`: the name is known, but not in this version.
    """

    position: int
    type: str
    subject: str
    time: datetime
    trace: str
    actor: str | None
    event: Event | None
    problem: str = ""
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a consumer has read: all that `seen` sees, and of the window up to `upto` what is not after `position`.

    `last` is the last position of that window; `n` counts the moves, for compare-and-set.
    """

    consumer: str
    era: int
    seen: str
    upto: str
    position: int
    last: int
    n: int

    @property
    def inside_window(self) -> bool:
        """Whether the window up to `upto` still has to be finished."""
        return self.seen != self.upto


@dataclass(frozen=True, slots=True)
class Window:
    """What one snapshot sees and the one before did not. `events` is None when the window is too large to hand out."""

    seen: str
    upto: str
    low: int
    high: int
    events: tuple[Recorded, ...] | None
    size: int


def name_of(type_name: str) -> str:
    """A type name without its version: `comanda.ordering.OrderCreated.v`."""
    return type_name.rstrip("0123456789")
