"""A service's own copy of the system settings it uses: kept in its schema, changed by SettingChanged.

A service declares its settings once, with type and default (`Setting`); administering lists and changes them for all.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from comanda.kernel.event import Event
from comanda.messaging.log import Connection
from comanda.messaging.reactions import Load, Reactions
from comanda.messaging.recorded import Recorded
from comanda.messaging.unit_of_work import UnitOfWork

TABLE = """
    create table settings (
        name text primary key,
        value json not null
    );
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """A system setting: `name` is `<context>.<word>`, `type` one of bool, int, str or list[str]; units in the text.

    `check` refuses by a ValueError what `choices`, `minimum` and `maximum` cannot say.
    """

    name: str
    type: Any
    default: Any
    description: str
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    check: Callable[[Any], object] | None = None

    def parse(self, value: str | bytes) -> Any:
        """The value from its JSON. Raises ValueError when it is not of the type or not allowed."""
        parsed = msgspec.json.decode(value, type=self.type)
        if self.choices and parsed not in self.choices:
            raise ValueError(f"{self.name} is one of {', '.join(self.choices)}")
        if self.minimum is not None and parsed < self.minimum:
            raise ValueError(f"{self.name} is at least {self.minimum}")
        if self.maximum is not None and parsed > self.maximum:
            raise ValueError(f"{self.name} is at most {self.maximum}")
        if self.check is not None:
            self.check(parsed)
        return parsed


class LiveSettings(Mapping[str, Any]):
    """The present values of one service's settings: defaults, overlaid by what staff have set."""

    def __init__(self, declared: Iterable[Setting]) -> None:
        self.declared = {setting.name: setting for setting in declared}
        self._values = {setting.name: setting.default for setting in self.declared.values()}
        self._pending: dict[str, str] = {}

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def set(self, name: str, value: str) -> None:
        """Take over a changed value; names of other services are ignored."""
        if name in self.declared:
            self._values[name] = self.declared[name].parse(value)

    async def follow(self, connection: Connection, changes: Mapping[str, str]) -> None:
        """Store changes in a batch's transaction; they take effect with `committed`."""
        self._pending = {name: value for name, value in changes.items() if name in self.declared}
        for name, value in self._pending.items():
            await self.store(connection, name, value)

    def committed(self) -> None:
        """The batch has committed: what it changed is in force."""
        if self._pending:
            pending, self._pending = self._pending, {}
            for name, value in pending.items():
                self.set(name, value)

    async def load(self, connection: Connection) -> None:
        """Read the stored values of the connection's schema."""
        for row in await connection.fetch("select name, value from settings"):
            self.set(row["name"], row["value"])

    async def store(self, connection: Connection, name: str, value: str) -> None:
        """Keep a changed value, in the caller's transaction."""
        if name in self.declared:
            await connection.execute(
                """
                insert into settings (name, value)
                values ($1, $2)
                on conflict (name) do update set value = excluded.value
                """,
                name,
                value,
            )


def following(
    settings: LiveSettings, reactions: Reactions[Any], load: Load, changed: type[Event]
) -> tuple[Reactions[Any], Load]:
    """Reactions that also ask for `changed`, an event with `name` and JSON `value`, and a load that takes them over."""
    if not settings.declared:
        return reactions, load

    async def load_and_follow(work: UnitOfWork, events: Sequence[Recorded]) -> Any:
        changes: dict[str, str] = {}
        for recorded in events:
            if recorded.type == changed.TYPE:
                change: Any = recorded.event
                changes[change.name] = change.value
        if changes:
            await settings.follow(work.connection, changes)
        return await load(work, events)

    return reactions.and_asking_for(changed), load_and_follow
