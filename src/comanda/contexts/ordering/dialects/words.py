"""A dialect's words for how an order is, both ways, as one table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from comanda.contexts.ordering.contract.client import StatusWord
from comanda.contexts.ordering.contract.shades import Shade, shade_of, shade_of_milestone, shade_of_progress
from comanda.contexts.ordering.contract.views import MilestoneView, OrderStatusView, OrderView
from comanda.kernel.errors import Invalid


class UnknownWord(Invalid):
    """The dialect has no such word."""

    code = "unknown-status"


@dataclass(frozen=True, slots=True)
class Words:
    """`shown`: the word for each shade of an order. `written`: what a word that is written back stands for."""

    shown: Mapping[Shade, str]
    written: Mapping[str, StatusWord]

    @property
    def all(self) -> tuple[str, ...]:
        """Every word that can be shown, in the order of the table."""
        return tuple(dict.fromkeys(self.shown.values()))

    def of(self, order: OrderView) -> str:
        """The word for how an order is."""
        return self.shown[shade_of(order)]

    def of_progress(self, progress: OrderStatusView) -> str:
        """The word for how far an order is."""
        return self.shown[shade_of_progress(progress)]

    def passed(self, milestones: Iterable[MilestoneView]) -> dict[str, datetime]:
        """The words that an order has had, in their order, and since when."""
        passed: dict[str, datetime] = {}
        for milestone in milestones:
            passed.setdefault(self.shown[shade_of_milestone(milestone)], milestone.at)
        return passed

    def shades(self, word: str) -> list[Shade]:
        """The shades that a word stands for: what GET /orders is filtered by. Raises UnknownWord."""
        found = [shade for shade, shown in self.shown.items() if shown == word]
        if not found:
            raise UnknownWord(f"{word!r} is no status.", statuses=list(self.all))
        return found

    def meaning(self, word: str) -> StatusWord:
        """What is written when a word is written back. Raises UnknownWord."""
        if word not in self.written:
            raise UnknownWord(f"{word!r} is no status that can be written.", statuses=list(self.written))
        return self.written[word]
