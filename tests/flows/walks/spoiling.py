"""Good bodies made bad, one member at a time."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

TEXTS = (
    "",
    "NUL \x00 inside",
    "e\u0301 decomposed, \u00e9 composed",
    "\u202egnp.exe \u2066right to left",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 family, \U0001f1f5\U0001f1f9",
    "'; drop table orders; --",
    "\" or ''='",
    "$1 %s {0} {{7*7}} ${7*7} <%= 7*7 %>",
    "<script>alert(1)</script>",
    "../../../etc/passwd",
    "\r\nX-Injected: yes",
    "=cmd|' /C calc'!A0",
    "x" * 70_000,
    "null",
)
"""What strings may hold: refused, or kept word for word."""

NUMBERS = (0, -1, 1.5, 2**31, 2**53, 2**63, -(2**63), 10**400, "1e9", "1", True, None, [], {})
"""What whole numbers may be given: refused, unless the number is one that is allowed."""

SURROGATE = b"\\ud800"
"""A lone surrogate as JSON writes it: no text at all."""

Path = tuple[str | int, ...]


def members(body: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value in a body that is no object or list, and where it is."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield from members(value, (*path, name))
    elif isinstance(body, list):
        for index, value in enumerate(body):
            yield from members(value, (*path, index))
    else:
        yield path, body


def objects(body: Any, path: Path = ()) -> Iterator[Path]:
    """Where the objects in a body are, the body itself first."""
    if isinstance(body, dict):
        yield path
        for name, value in body.items():
            yield from objects(value, (*path, name))
    elif isinstance(body, list):
        for index, value in enumerate(body):
            yield from objects(value, (*path, index))


def put(body: Any, path: Path, value: Any) -> Any:
    """A copy of the body with another value there."""
    copy = deepcopy(body)
    inside = copy
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = value
    return copy


def kept(answer: Any, name: str) -> Iterator[str]:
    """The texts under a name anywhere in an answer."""
    if isinstance(answer, Mapping):
        for member, value in answer.items():
            if member == name and isinstance(value, str):
                yield value
            yield from kept(value, name)
    elif isinstance(answer, list):
        for value in answer:
            yield from kept(value, name)
