"""A dialect's card: what the runtime has to know of it, cheap to import; its routes come when they are needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from fastapi import APIRouter

    from comanda.platform.http.access import AccessTable

Language = Literal["en", "fr", "pt"]


@dataclass(frozen=True, slots=True)
class Surface:
    """The routes of a dialect, with who may call them."""

    routers: tuple[APIRouter, ...]
    access: AccessTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A dialect: its name and port, what its documents say in which language, and how to get its routes.

    `surface()` imports them. It is called when the first request comes, so that starting costs next to nothing.
    `version` is the one its documents show, else that of Comanda.
    """

    name: str
    title: str
    port: int
    description: str
    surface: Callable[[], Surface]
    language: Language = "en"
    version: str | None = None
