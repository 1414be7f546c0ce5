"""Events: facts in the past tense, declared once by their publisher, versioned, never changed."""

from typing import Any, ClassVar, cast

import msgspec
from msgspec.structs import force_setattr


class EventMeta(msgspec.StructMeta):
    """Gives each event class its type name, version and subject, and registers it."""

    def __new__(
        mcs,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        version: int = 1,
        subject: str = "order_id",
        person: str | None = None,
        **options: Any,
    ) -> "EventMeta":
        options |= {"frozen": True, "kw_only": True, "gc": False}
        cls = cast("type[Event]", super().__new__(mcs, name, bases, namespace, **options))
        if bases != (msgspec.Struct,):
            cls.CONTEXT = namespace["__module__"].split(".")[2]
            cls.VERSION = version
            cls.TYPE = f"comanda.{cls.CONTEXT}.{name}.v{version}"
            cls.SUBJECT = subject
            cls.PERSON = person
            _REGISTRY[cls.TYPE] = cls
        return cls


_REGISTRY: dict[str, "type[Event]"] = {}


class Event(msgspec.Struct, metaclass=EventMeta):
    """A fact. Subclasses say in their docstring when it happens.

    `class StockReserved(Event, version=1, subject="order_id")`: the subject is the field whose value orders
    the event among the others of its publisher. A member `personal` holds what identifies a person; it is kept
    apart from the data, and `person`, the field that holds the customer's id, finds it again for export and erasure.
    """

    TYPE: ClassVar[str]
    VERSION: ClassVar[int]
    CONTEXT: ClassVar[str]
    SUBJECT: ClassVar[str]
    PERSON: ClassVar[str | None]

    @property
    def subject(self) -> str:
        """What the event is about: the order's id, a sku, a customer's id …"""
        return str(getattr(self, self.SUBJECT))

    @property
    def person(self) -> str | None:
        """The customer whose personal data the event carries, if any: guests have no account."""
        return None if self.PERSON is None else getattr(self, self.PERSON)


def registered() -> dict[str, type[Event]]:
    """All event classes that have been imported, by their type name."""
    return dict(_REGISTRY)


def fill(event: Event, **values: Any) -> None:
    """Put into an event, before it is written, what only the flush can know: a number drawn from a counter."""
    for name, value in values.items():
        force_setattr(event, name, value)
