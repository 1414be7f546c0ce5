"""How other services ask billing."""

from typing import Any

from comanda.contexts.billing.contract.views import CreditNoteView, InvoiceView, TaxQuoteView, TaxRatesView
from comanda.platform.outbound import Outbound


class BillingClient:
    """Billing's routes as functions. Every one raises Unavailable when billing cannot be reached."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def tax_rules(self) -> TaxRatesView:
        """The rates, and the country that `is_reverse_charge` wants to know. They change rarely: worth keeping."""
        answer = (await self._outbound.call("GET", "/tax-rates")).checked()
        return TaxRatesView.model_validate_json(answer.body)

    async def tax_rates(self) -> dict[str, dict[str, int]]:
        """Rates in basis points by country and tax category."""
        return (await self.tax_rules()).rates

    async def quote(self, request: dict[str, Any]) -> TaxQuoteView:
        """The VAT contained in prices; `request` is the body of POST /tax-quotes. Raises Invalid."""
        answer = (await self._outbound.call("POST", "/tax-quotes", json=request)).checked()
        return TaxQuoteView.model_validate_json(answer.body)

    async def invoice(self, number_or_id: str) -> InvoiceView:
        """One invoice by its number, or by its id. Raises NotFound."""
        answer = (await self._outbound.call("GET", f"/invoices/{number_or_id}")).checked()
        return InvoiceView.model_validate_json(answer.body)

    async def invoices_of(self, order_id: str) -> list[InvoiceView]:
        """The order's invoice or draft, if it has one."""
        answer = (await self._outbound.call("GET", "/invoices", query={"order_id": order_id})).checked()
        return [InvoiceView.model_validate(item) for item in answer.json()["items"]]

    async def credit_notes_of(self, order_id: str) -> list[CreditNoteView]:
        """The order's credit notes, newest first."""
        answer = (await self._outbound.call("GET", "/credit-notes", query={"order_id": order_id})).checked()
        return [CreditNoteView.model_validate(item) for item in answer.json()["items"]]
