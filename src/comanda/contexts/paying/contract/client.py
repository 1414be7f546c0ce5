"""How other services and the sites ask paying."""

from typing import Any

from comanda.contexts.paying.contract.views import PaymentIntentView, RefundView
from comanda.platform.outbound import Outbound


class PayingClient:
    """Paying's routes as functions. Every one raises Unavailable when paying cannot be reached."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def intent_of(self, order_id: str) -> PaymentIntentView | None:
        """The order's payment intent, if paying has read of the order."""
        answer = (await self._outbound.call("GET", "/payment-intents", query={"order_id": order_id})).checked()
        items = answer.json()["items"]
        return PaymentIntentView.model_validate(items[0]) if items else None

    async def intents(self, **filters: str | int) -> list[PaymentIntentView]:
        """A page of payment intents, newest order first; filters are `status`, `method`, `limit`."""
        answer = (await self._outbound.call("GET", "/payment-intents", query=filters)).checked()
        return [PaymentIntentView.model_validate(item) for item in answer.json()["items"]]

    async def confirm(self, intent_id: str, *, key: str | None = None) -> PaymentIntentView:
        """A transfer was received, or the payer agreed. Raises NotFound, Conflict."""
        return await self._act(intent_id, "confirm", key)

    async def capture(self, intent_id: str, *, key: str | None = None) -> PaymentIntentView:
        """What was due on delivery has been paid. Raises NotFound, Conflict."""
        return await self._act(intent_id, "capture", key)

    async def cancel(self, intent_id: str, *, key: str | None = None) -> PaymentIntentView:
        """Nobody wants an unpaid intent any more. Raises NotFound, Conflict."""
        return await self._act(intent_id, "cancel", key)

    async def refunds_of(self, order_id: str) -> list[RefundView]:
        """The order's refunds, newest first."""
        answer = (await self._outbound.call("GET", "/refunds", query={"order_id": order_id})).checked()
        return [RefundView.model_validate(item) for item in answer.json()["items"]]

    async def failed_refunds(self, limit: int = 50) -> list[RefundView]:
        """Refunds that the provider refused and staff have to see to, newest first."""
        query: dict[str, str | int] = {"status": "failed", "limit": limit}
        answer = (await self._outbound.call("GET", "/refunds", query=query)).checked()
        return [RefundView.model_validate(item) for item in answer.json()["items"]]

    async def refund(self, request: dict[str, Any], *, key: str | None = None) -> RefundView:
        """Send money back; `request` is the body of POST /refunds. Raises NotFound, Conflict, Invalid."""
        answer = (await self._outbound.call("POST", "/refunds", json=request, key=key)).checked()
        return RefundView.model_validate_json(answer.body)

    async def retry_refund(self, refund_id: str, *, key: str | None = None) -> RefundView:
        """Ask the provider once more for a failed refund. Raises NotFound, Conflict."""
        answer = (await self._outbound.call("POST", f"/refunds/{refund_id}/retry", key=key)).checked()
        return RefundView.model_validate_json(answer.body)

    async def settle_refund(self, refund_id: str, note: str, *, key: str | None = None) -> RefundView:
        """A failed refund was paid by other means. Raises NotFound, Conflict."""
        answer = await self._outbound.call("POST", f"/refunds/{refund_id}/settle", json={"note": note}, key=key)
        return RefundView.model_validate_json(answer.checked().body)

    async def _act(self, intent_id: str, what: str, key: str | None) -> PaymentIntentView:
        answer = (await self._outbound.call("POST", f"/payment-intents/{intent_id}/{what}", key=key)).checked()
        return PaymentIntentView.model_validate_json(answer.body)
