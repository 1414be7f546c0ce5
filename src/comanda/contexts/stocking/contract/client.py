"""How other services ask stocking."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from comanda.contexts.stocking.contract.views import (
    AdjustedView,
    AlertPage,
    MovementPage,
    ReservationView,
    StockLevelView,
    StockPage,
)
from comanda.kernel.errors import NotFound
from comanda.platform.outbound import Outbound

MOST_SKUS = 200


class StockingClient:
    """Stock levels, their ledger, adjustments and reservations. Raises what the answer's problem says."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def level(self, sku: str) -> StockLevelView | None:
        """How much there is of one product; None when stocking does not know it."""
        try:
            answer = (await self._outbound.call("GET", f"/stock/{quote(sku, safe='')}")).checked()
        except NotFound:
            return None
        return StockLevelView.model_validate_json(answer.body)

    async def levels(self, skus: Sequence[str]) -> dict[str, StockLevelView]:
        """How much there is of some products, by sku; those that stocking does not know are left out."""
        found: dict[str, StockLevelView] = {}
        for start in range(0, len(skus), MOST_SKUS):
            query: dict[str, int | Sequence[str]] = {"sku": skus[start : start + MOST_SKUS], "limit": MOST_SKUS}
            answer = (await self._outbound.call("GET", "/stock", query=query)).checked()
            page = StockPage.model_validate_json(answer.body)
            found.update((level.sku, level) for level in page.items)
        return found

    async def page(
        self, *, query: str = "", low: bool = False, out: bool = False, limit: int = 50, cursor: str | None = None
    ) -> StockPage:
        """The list of levels by sku. `query`: part of the sku; `low`: at or below the mark; `out`: nothing left."""
        asked: dict[str, str | int] = {"limit": limit}
        asked |= {name: value for name, value in (("query", query), ("cursor", cursor)) if value}
        asked |= {name: "true" for name, wanted in (("low", low), ("out", out)) if wanted}
        answer = (await self._outbound.call("GET", "/stock", query=asked)).checked()
        return StockPage.model_validate_json(answer.body)

    async def adjust(self, sku: str, delta: int, reason: str, *, key: str | None = None) -> StockLevelView:
        """Count pieces in or out; with `key` at most once."""
        path = f"/stock/{quote(sku, safe='')}/adjustments"
        body = {"delta": delta, "reason": reason}
        answer = (await self._outbound.call("POST", path, json=body, key=key)).checked()
        return StockLevelView.model_validate_json(answer.body)

    async def adjust_many(self, adjustments: Iterable[tuple[str, int, str]], *, key: str | None = None) -> AdjustedView:
        """Count pieces of many products in or out, all or none: (sku, delta, reason), at most 1,000."""
        body = {"adjustments": [{"sku": sku, "delta": delta, "reason": why} for sku, delta, why in adjustments]}
        answer = (await self._outbound.call("POST", "/stock/adjustments", json=body, key=key)).checked()
        return AdjustedView.model_validate_json(answer.body)

    async def set_threshold(self, sku: str, low_stock_threshold: int | None) -> StockLevelView:
        """Set a product's own low-stock mark; None goes back to the setting."""
        path = f"/stock/{quote(sku, safe='')}"
        answer = await self._outbound.call("PATCH", path, json={"low_stock_threshold": low_stock_threshold})
        return StockLevelView.model_validate_json(answer.checked().body)

    async def movements(self, sku: str, *, limit: int = 50, cursor: str | None = None) -> MovementPage:
        """A product's ledger, the latest first."""
        query: dict[str, str | int] = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        path = f"/stock/{quote(sku, safe='')}/movements"
        answer = (await self._outbound.call("GET", path, query=query)).checked()
        return MovementPage.model_validate_json(answer.body)

    async def alerts(self, *, limit: int = 50, cursor: str | None = None) -> AlertPage:
        """What staff should look at."""
        query: dict[str, str | int] = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        answer = (await self._outbound.call("GET", "/alerts", query=query)).checked()
        return AlertPage.model_validate_json(answer.body)

    async def reservation(self, id: str) -> ReservationView | None:
        """What is set aside for an order, or by POST /reservations; None when there is nothing of that id."""
        try:
            answer = (await self._outbound.call("GET", f"/reservations/{id}")).checked()
        except NotFound:
            return None
        return ReservationView.model_validate_json(answer.body)
