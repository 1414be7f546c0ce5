"""How other services and the back office ask administering."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from comanda.contexts.administering.contract.views import SellerView, SettingView
from comanda.kernel.errors import NotFound
from comanda.platform.outbound import Outbound


class AdministeringClient:
    """Sellers, settings and the audit log. Raises what the answer's problem says."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def seller(self, seller_id: str) -> SellerView | None:
        """One seller; None when there is none."""
        try:
            answer = (await self._outbound.call("GET", f"/sellers/{quote(seller_id, safe='')}")).checked()
        except NotFound:
            return None
        return SellerView.model_validate_json(answer.body)

    async def add_seller(self, seller: Mapping[str, Any], *, key: str | None = None) -> SellerView:
        """A new seller; the body is that of POST /sellers."""
        answer = (await self._outbound.call("POST", "/sellers", json=seller, key=key)).checked()
        return SellerView.model_validate_json(answer.body)

    async def setting(self, name: str) -> SettingView:
        """A setting with its present value. Raises NotFound."""
        answer = (await self._outbound.call("GET", f"/settings/{quote(name, safe='')}")).checked()
        return SettingView.model_validate_json(answer.body)

    async def change_setting(self, name: str, value: Any) -> SettingView:
        """Set a value. Raises Invalid for one that the setting does not take."""
        answer = await self._outbound.call("PUT", f"/settings/{quote(name, safe='')}", json={"value": value})
        return SettingView.model_validate_json(answer.checked().body)

    async def page(self, path: str, query: Mapping[str, str | int | Sequence[str]]) -> dict[str, Any]:
        """A page of /sellers, /settings or /audit-log: `items` and `next_cursor`."""
        answer = (await self._outbound.call("GET", path, query=query)).checked()
        page: dict[str, Any] = answer.json()
        return page
