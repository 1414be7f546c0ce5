"""What a route may come to: the errors that it can answer and the headers it reads, found in its own code.

From the endpoint on, everything of ours that a function names is followed: functions, classes, their methods by the
names that are called. That finds rather too much than too little. Work that is handed to somebody else, such as a
batched intake, cannot be seen from the endpoint: it is named by `leads_to`.
"""

import inspect
import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from types import CodeType, FunctionType, GenericAlias, ModuleType, UnionType
from typing import Any, TypeVar

from comanda.kernel.errors import ComandaError

OURS = ("comanda.",)

_NOT_FOLLOWED = ("comanda.platform.http.access", "comanda.platform.http.app", "comanda.messaging.consumer")
"""What stands around the routes, or beside them: it tells nothing about one of them."""

E = TypeVar("E", bound=Callable[..., Any])

_ALWAYS = frozenset({"__init__", "__post_init__", "__enter__", "__exit__", "__aenter__", "__aexit__", "__call__"})
"""Methods that nobody calls by name."""


@dataclass(slots=True)
class Reach:
    """The errors that can come of it, every text in the code, in small letters: names of headers among them; and the
    functions that were followed.
    """

    errors: set[type[ComandaError]] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    functions: list[Callable[..., Any]] = field(default_factory=list)


def leads_to(*functions: Callable[..., Any]) -> Callable[[E], E]:
    """Say what else an endpoint sets going, where its code does not name it."""

    def mark(endpoint: E) -> E:
        endpoint.leads_to = functions  # type: ignore[attr-defined]
        return endpoint

    return mark


def reach_of(endpoints: Iterable[Callable[..., Any]], ours: tuple[str, ...] = OURS) -> Reach:
    """What these functions may come to; followed are modules whose names begin with one of `ours`."""
    walk = _Walk(ours)
    for endpoint in endpoints:
        walk.see(endpoint)
        for further in getattr(endpoint, "leads_to", ()):
            walk.see(further)
    walk.finish()
    return walk.reach


class _Walk:
    def __init__(self, ours: tuple[str, ...]) -> None:
        self.reach = Reach()
        self._ours = ours
        self._names: set[str] = set(_ALWAYS)
        self._classes: dict[type, None] = {}
        self._seen: set[int] = set()
        self._kept: list[Any] = []

    def finish(self) -> None:
        """Look into the classes until nothing new is found."""
        before = -1
        while before != len(self._seen):
            before = len(self._seen)
            for cls in list(self._classes):
                for base in cls.__mro__:
                    if base.__module__.startswith(self._ours):
                        self._look_into(base)

    def see(self, thing: Any) -> None:
        """Follow a function, a class, an instance of ours, a type in an annotation."""
        if isinstance(thing, partial):
            thing = thing.func
        if inspect.ismethod(thing) or isinstance(thing, staticmethod | classmethod):
            thing = thing.__func__
        if inspect.isfunction(thing):
            self._follow(thing)
        elif isinstance(thing, type) and not isinstance(thing, GenericAlias):
            self._meet(thing)
        elif isinstance(thing, GenericAlias | UnionType) or typing.get_origin(thing) is not None:
            for part in (typing.get_origin(thing), *typing.get_args(thing)):
                self.see(part)
        elif isinstance(thing, dict):
            for value in thing.values():
                if isinstance(value, type):
                    self._meet(value)
        elif type(thing).__module__.startswith(self._ours):
            self._meet(type(thing))

    def _meet(self, cls: type) -> None:
        if not cls.__module__.startswith(self._ours) or cls.__module__ in _NOT_FOLLOWED:
            return
        if issubclass(cls, ComandaError):
            self.reach.errors |= {cls} - {ComandaError}
        self._classes.setdefault(cls)

    def _follow(self, function: FunctionType) -> None:
        if not self._is_new(function) or not function.__module__.startswith(self._ours):
            return
        self.reach.functions.append(function)
        while (wrapped := getattr(function, "__wrapped__", None)) is not None:
            function = wrapped
        names: set[str] = set()
        for code in _codes(function.__code__):
            names.update(code.co_names)
            self.reach.texts.update(text.lower() for text in code.co_consts if isinstance(text, str))
        self._names |= names
        owner, is_method, _ = function.__qualname__.partition(".")
        if is_method:
            self.see(function.__globals__.get(owner))
        for value in _named(function, names, self._ours):
            self.see(value)
        for annotation in _hints(function).values():
            self.see(annotation)

    def _look_into(self, cls: type) -> None:
        members = vars(cls)
        for name in self._names & members.keys():
            if not self._is_new((cls, name)):
                continue
            member = members[name]
            for part in (member.fget,) if isinstance(member, property) else (member,):
                self.see(part)
        for name in self._names & inspect.get_annotations(cls).keys():
            if self._is_new((cls, name, "type")):
                self.see(_hints(cls).get(name))

    def _is_new(self, thing: Any) -> bool:
        key = hash(thing)
        if key in self._seen:
            return False
        self._seen.add(key)
        self._kept.append(thing)
        return True


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code and that of the functions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _named(function: FunctionType, names: set[str], ours: tuple[str, ...]) -> Iterator[Any]:
    """What the names in a function's code stand for: globals, members of modules, variables around it."""
    for name in names:
        value = function.__globals__.get(name)
        if isinstance(value, ModuleType):
            if value.__name__.startswith(ours):
                yield from (vars(value)[member] for member in names & vars(value).keys())
        elif value is not None:
            yield value
    for cell in function.__closure__ or ():
        yield cell.cell_contents


@cache
def _hints(thing: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(thing)
    except (NameError, TypeError):
        return {}
