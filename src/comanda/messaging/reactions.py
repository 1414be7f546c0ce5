"""The wiring of a consumer: which event meets which pure function, and the working set they share."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, Protocol, TypeVar

from comanda.kernel.event import Event
from comanda.messaging.recorded import Recorded
from comanda.messaging.unit_of_work import UnitOfWork


class WorkingSet(Protocol):
    """What a batch of events needs of the database: loaded before, changed by reactions, written once after them.

    `cause` is the event being reacted to, with its time, trace and actor.
    """

    cause: Recorded

    async def flush(self, work: UnitOfWork) -> None:
        """Write what changed, one set-based statement a table, counters last."""


class Reload(Exception):
    """A row appeared since the load: the batch rolls back and loads anew."""


W = TypeVar("W", bound=WorkingSet)
E = TypeVar("E", bound=Event)
Reaction = Callable[[Any, W], Iterable[Event]]


class Reactions(Generic[W]):
    """The reactions of one service, and how their working set is loaded."""

    def __init__(self) -> None:
        self.table: dict[str, list[Reaction[W]]] = {}

    def to(self, *events: type[Event]) -> Callable[[Callable[[Any, W], Iterable[Event] | None]], Reaction[W]]:
        """Register a reaction, a pure function of an event and the working set that yields the events to publish."""

        def register(reaction: Callable[[Any, W], Iterable[Event] | None]) -> Reaction[W]:
            def listed(event: Any, working_set: W) -> Iterable[Event]:
                return reaction(event, working_set) or ()

            for event in events:
                self.table.setdefault(event.TYPE, []).append(listed)
            return listed

        return register

    def and_asking_for(self, event: type[Event]) -> "Reactions[W]":
        """The same reactions, of a consumer that is also handed this event."""
        other: Reactions[W] = Reactions()
        other.table = {event.TYPE: [], **self.table}
        return other

    @property
    def types(self) -> list[str]:
        """The type names asked for."""
        return sorted(self.table)

    def react(self, recorded: Recorded, working_set: W) -> Iterator[Event]:
        """Every event that the reactions to one event publish."""
        working_set.cause = recorded
        for reaction in self.table.get(recorded.type, ()):
            yield from reaction(recorded.event, working_set)


Load = Callable[[UnitOfWork, Sequence[Recorded]], Any]
