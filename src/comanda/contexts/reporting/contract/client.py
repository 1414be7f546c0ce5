"""How other services and the back office ask reporting."""

from collections.abc import Mapping

from comanda.contexts.reporting.contract.views import (
    FunnelView,
    OrdersByStatusView,
    RebuildView,
    SalesView,
    TopProductsView,
)
from comanda.platform.outbound import Outbound

Query = Mapping[str, str | int]


class ReportingClient:
    """Reports. `query` is that of the routes: from, to, timezone …; raises what the answer's problem says."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def sales(self, query: Query) -> SalesView:
        """Sales over time."""
        return SalesView.model_validate_json(await self._get("/reports/sales", query))

    async def top_products(self, query: Query) -> TopProductsView:
        """What sold best."""
        return TopProductsView.model_validate_json(await self._get("/reports/top-products", query))

    async def orders_by_status(self, query: Query) -> OrdersByStatusView:
        """How many orders stand where."""
        return OrdersByStatusView.model_validate_json(await self._get("/reports/orders-by-status", query))

    async def funnel(self, query: Query) -> FunnelView:
        """How many came how far."""
        return FunnelView.model_validate_json(await self._get("/reports/funnel", query))

    async def rebuild(self) -> RebuildView:
        """Begin a rebuild. Raises Conflict while one is running."""
        answer = (await self._outbound.call("POST", "/reports/rebuild")).checked()
        return RebuildView.model_validate_json(answer.body)

    async def rebuild_progress(self) -> RebuildView:
        """The latest rebuild. Raises NotFound when there never was one."""
        return RebuildView.model_validate_json(await self._get("/reports/rebuild", {}))

    async def _get(self, path: str, query: Query) -> bytes:
        return (await self._outbound.call("GET", path, query=query)).checked().body
