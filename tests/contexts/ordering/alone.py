"""One order and its reactions without a database."""

from typing import Any

from comanda.contexts.ordering.order import FACETS, TRANSITIONS, Order
from comanda.contexts.ordering.reactions import reactions
from comanda.contexts.ordering.tasks import NewTask
from comanda.contexts.ordering.timeline import replay
from comanda.kernel.event import Event
from tests.contexts.ordering.facts import NOW, TRACE, order_confirmed, recorded


class Alone:
    """The working set of one order: what its reactions see and say. `fails` is the setting for unconfirmed orders."""

    def __init__(self, *, fails: bool = False) -> None:
        self.row = Order(id="o", number=1, deadline=NOW, now=NOW, confirmed=order_confirmed("o"))
        self.row.fail_on_unconfirmed = fails
        self.said: list[Event] = []
        self.tasks: list[NewTask] = []
        self.told: list[str] = []
        self.given_back: list[Any] = []
        self.returns_received: list[str] = []
        self.erased: list[str] = []
        self.statuses: dict[str, str] = {}
        self.cause = recorded(self.row.confirmed) if self.row.confirmed else None

    def order(self, order_id: str) -> Order:
        """As the reactions ask for it."""
        assert self.cause is not None
        self.row.note(type(self.cause.event).__name__, self.cause.actor)
        return self.row

    def read(self, *facts: Event) -> "Alone":
        """React to facts, one after the other."""
        for fact in facts:
            for event in reactions.react(recorded(fact), self):  # type: ignore[arg-type]
                self.said.append(event)
        return self

    def cancel(self, reason: str = "changed my mind") -> "Alone":
        """The customer cancels."""
        self.row.note("cancel", "customer:c", TRACE)
        self.said.extend(self.row.cancel(reason))
        return self

    def run_out(self) -> "Alone":
        """The deadline passes."""
        self.row.note("deadline")
        self.said.extend(self.row.run_out())
        return self

    @property
    def status(self) -> str:
        """Where the order is."""
        return self.row.status

    @property
    def names(self) -> list[str]:
        """The names of all that was published."""
        return [type(event).__name__ for event in self.said]

    def count(self, name: str) -> int:
        """How often an event was published."""
        return self.names.count(name)

    def assert_explained(self) -> None:
        """The timeline walks the table, and replaying it gives the order's state and facets."""
        changes = [{"status": "created"}, *(entry.changes for entry in self.row.entries)]
        status = "created"
        for change in changes[1:]:
            if "status" in change:
                assert change["status"] in TRANSITIONS[status]
                status = change["status"]
        state = replay(changes)
        assert state == {name: getattr(self.row, name) for name in ("status", *FACETS)}
