"""Lists in pages: `{"items": [...], "next_cursor": ...}` with `limit` and an opaque `cursor`."""

import base64
import binascii
import os
from collections.abc import Callable
from typing import Annotated, Generic, TypeVar

import msgspec
from fastapi import Query
from pydantic import BaseModel

from comanda.kernel.errors import Invalid

PAGE_VARIABLE = "COMANDA_PAGE_ITEMS"
USUAL_PAGE, LONGEST_PAGE = 200, 1_000


def largest_page(text: str | None) -> int:
    """How many items a page may hold, as the variable says it. Raises ValueError.

    Not fewer than usual: services ask each other for pages of that size.
    """
    items = int(text) if text and text.strip() else USUAL_PAGE
    if not USUAL_PAGE <= items <= LONGEST_PAGE:
        raise ValueError(text)
    return items


def _largest_page() -> int:
    """Read when the routes are made, whose documents say it; the command that starts us says what is wrong with it."""
    try:
        return largest_page(os.environ.get(PAGE_VARIABLE))
    except ValueError:
        return USUAL_PAGE


LARGEST_PAGE = _largest_page()

Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="How many items a page holds at most.")]
PageCursor = Annotated[
    str | None,
    Query(max_length=500, description="`next_cursor` of the page before; opaque, do not build your own."),
]

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """A part of a list. `next_cursor` is null on the last page."""

    items: list[T]
    next_cursor: str | None = None


class InvalidCursor(Invalid):
    """The cursor was not given by this list."""

    code = "invalid-cursor"


def encode_cursor(*key: str | int | None) -> str:
    """An opaque cursor for the sort key of a page's last item."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode_cursor(cursor: str, *types: type) -> list[str | int]:
    """The sort key in a cursor. Raises InvalidCursor for one that is not ours."""
    try:
        key = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise InvalidCursor("This cursor was not given by this list.") from error
    if not isinstance(key, list) or len(key) != len(types) or not all(map(_is_key, key, types)):
        raise InvalidCursor("This cursor was not given by this list.")
    return key


def _is_key(value: object, type_: type) -> bool:
    """Whether PostgreSQL can compare with it: a bigint, or text without NUL."""
    if isinstance(value, str):
        return type_ is str and "\x00" not in value
    return type(value) is type_ and (not isinstance(value, int) or -(2**63) < value < 2**63)


def page_of(rows: list[T], limit: int, key: Callable[[T], tuple[str | int | None, ...]]) -> Page[T]:
    """A page from `limit + 1` rows: the extra one only tells that there is more."""
    items = rows[:limit]
    more = len(rows) > limit
    return Page(items=items, next_cursor=encode_cursor(*key(items[-1])) if more else None)
